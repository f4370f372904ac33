# What systems call themselves and their files, and what programs are made with.
{ lib }:

let
  inherit (lib) optionalString;

  first = import ./first-case.nix { inherit lib; };
in
final:
let
  inherit (final.parsed) cpu kernel;
  little = suffix: optionalString final.isLittleEndian suffix;
  windowsLike = final.isWindows || final.isCygwin;
in
{
  useLLVM = final.isFreeBSD || final.isOpenBSD;
  useAndroidPrebuilt = false;
  useiOSPrebuilt = false;

  libc = first "native/impure" [
    [ final.isDarwin "libSystem" ]
    [ final.isMsvc "ucrt" ]
    [ final.isMinGW "msvcrt" ]
    [ final.isCygwin "cygwin" ]
    [ final.isWasi "wasilibc" ]
    [ final.isWasm null ]
    [ final.isRedox "relibc" ]
    [ final.isMusl "musl" ]
    [ final.isUClibc "uclibc" ]
    [ final.isAndroid "bionic" ]
    [ final.isLinux "glibc" ]
    [ final.isFreeBSD "fblibc" ]
    [ final.isOpenBSD "oblibc" ]
    [ final.isNetBSD "nblibc" ]
    [ final.isAvr "avrlibc" ]
    [ final.isGhcjs null ]
    [ final.isNone "newlib" ]
  ];

  linker = if final.useLLVM or false then "lld" else if final.isDarwin then "cctools" else "bfd";

  # Where programs that weren't made for Nix look for libraries.
  libDir =
    if !final.isLinux then
      null
    else if final.isx86_64 || final.isMips64 || final.isPower64 then
      "lib64"
    else
      "lib";

  extensions = {
    staticLibrary = if final.isWindows then ".lib" else ".a";
    library =
      if final.isStatic then final.extensions.staticLibrary else final.extensions.sharedLibrary;
    executable = if windowsLike then ".exe" else "";
    ${
      if final.hasSharedLibraries then "sharedLibrary" else null
    } = if final.isDarwin then ".dylib" else if windowsLike then ".dll" else ".so";
  };

  isStatic = final.isWasi || final.isRedox;
  # Whether there is a loader for them.
  hasSharedLibraries =
    !final.isStatic
    && (
      final.isAndroid
      || final.isGnu
      || final.isMusl
      || final.isDarwin
      || final.isSunOS
      || final.isOpenBSD
      || final.isFreeBSD
      || final.isNetBSD
      || final.isCygwin
      || final.isMinGW
      || final.isWindows
      || final.isWasm
    );

  uname = {
    system =
      {
        linux = "Linux";
        windows = "Windows";
        cygwin = "CYGWIN_NT";
        darwin = "Darwin";
        netbsd = "NetBSD";
        freebsd = "FreeBSD";
        openbsd = "OpenBSD";
        wasi = "Wasi";
        redox = "Redox";
        genode = "Genode";
      }.${kernel.name} or null;
    processor =
      if final.isPower64 then
        "ppc64${little "le"}"
      else if final.isPower then
        "ppc${little "le"}"
      else if final.isMips64 then
        "mips64"
      else if final.isDarwin then
        final.darwinArch
      else
        cpu.name;
    release = null;
  };

  # The folder below arch/ in Linux.
  linuxArch = first cpu.name [
    [ final.isAarch32 "arm" ]
    [ final.isAarch64 "arm64" ]
    [ final.isx86_32 "i386" ]
    [ final.isx86_64 "x86_64" ]
    [ final.isMicroBlaze "microblaze" ]
    [ final.isMips "mips" ]
    [ final.isPower "powerpc" ]
    [ final.isRiscV "riscv" ]
    [ final.isSh4 "sh" ]
    [ final.isS390 "s390" ]
    [ final.isLoongArch64 "loongarch" ]
  ];

  ubootArch =
    if final.isx86_32 then "x86" else if final.isMips64 then "mips64" else final.linuxArch;

  # qemu-...
  qemuArch = first final.uname.processor [
    [ final.isAarch32 "arm" ]
    [ final.isAarch64 "aarch64${optionalString final.isBigEndian "_be"}" ]
    [ (final.isS390 && !final.isS390x) null ]
    [ final.isx86_64 "x86_64" ]
    [ final.isx86 "i386" ]
    [ final.isMips64n32 "mipsn32${little "el"}" ]
    [ final.isMips64 "mips64${little "el"}" ]
  ];

  # As in the names of boot loaders, BOOTX64.EFI.
  efiArch = first cpu.name [
    [ final.isx86_32 "ia32" ]
    [ final.isx86_64 "x64" ]
    [ final.isAarch32 "arm" ]
    [ final.isAarch64 "aa64" ]
  ];

  darwinArch = lib.systems.parse.darwinArch cpu;
  darwinPlatform = if final.isMacOS then "macos" else if final.isiOS then "ios" else null;
  darwinSdkVersion = final.sdkVer or "14.4";
  darwinMinVersion = "14.0";
  darwinMinVersionVariable =
    if final.isMacOS then
      "MACOSX_DEPLOYMENT_TARGET"
    else if final.isiOS then
      "IPHONEOS_DEPLOYMENT_TARGET"
    else
      null;

  androidSdkVersion = null;
  androidNdkVersion = null;
}
