# What Go, Node.js and Nim call a system.
{ lib }:

let
  first = import ./first-case.nix { inherit lib; };
in
final:
let
  inherit (final.parsed) cpu kernel;
  wide = lib.optionalString final.is64bit "64";
in
{
  go = {
    GOARCH =
      {
        aarch64 = "arm64";
        arm = "arm";
        armv5tel = "arm";
        armv6l = "arm";
        armv7l = "arm";
        i686 = "386";
        loongarch64 = "loong64";
        mips = "mips";
        mips64el = "mips64le";
        mipsel = "mipsle";
        powerpc64 = "ppc64";
        powerpc64le = "ppc64le";
        riscv64 = "riscv64";
        s390x = "s390x";
        wasm32 = "wasm";
        x86_64 = "amd64";
      }.${cpu.name} or null;
    GOOS = if final.isWasi then "wasip1" else kernel.name;
    GOARM = toString (lib.intersectLists [ (cpu.version or "") ] [ "5" "6" "7" ]);
  };

  node = {
    arch = first null [
      [ final.isAarch "arm${wide}" ]
      [ final.isMips32 "mips${lib.optionalString final.isLittleEndian "el"}" ]
      [ (final.isMips64 && final.isLittleEndian) "mips64el" ]
      [ final.isPower "ppc${wide}" ]
      [ final.isx86_64 "x64" ]
      [ final.isx86_32 "ia32" ]
      [ final.isS390x "s390x" ]
      [ final.isRiscV64 "riscv64" ]
      [ final.isLoongArch64 "loong64" ]
    ];
    platform = first null [
      [ final.isAndroid "android" ]
      [ final.isDarwin "darwin" ]
      [ final.isFreeBSD "freebsd" ]
      [ final.isLinux "linux" ]
      [ final.isOpenBSD "openbsd" ]
      [ final.isSunOS "sunos" ]
      [ (final.isWindows || final.isCygwin) "win32" ]
    ];
  };

  nim = {
    cpu = first null [
      [ final.isAarch32 "arm" ]
      [ final.isAarch64 "arm64" ]
      [ final.isAlpha "alpha" ]
      [ final.isAvr "avr" ]
      [ final.isMips32 "mips" ]
      [ final.isMips64 "mips64" ]
      [ final.isMsp430 "msp430" ]
      [ final.isPower "powerpc${wide}" ]
      [ final.isRiscV64 "riscv64" ]
      [ final.isSparc "sparc" ]
      [ final.isx86_32 "i386" ]
      [ final.isx86_64 "amd64" ]
    ];
    os = first null [
      [ final.isAndroid "Android" ]
      [ final.isDarwin "MacOSX" ]
      [ final.isFreeBSD "FreeBSD" ]
      [ final.isGenode "Genode" ]
      [ final.isLinux "Linux" ]
      [ final.isNetBSD "NetBSD" ]
      [ final.isNone "Standalone" ]
      [ final.isOpenBSD "OpenBSD" ]
      [ final.isWindows "Windows" ]
      [ final.isiOS "iOS" ]
    ];
  };
}
