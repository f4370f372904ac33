# Systems that nixpkgs has names for.
{ lib }:

let
  inherit (builtins) mapAttrs;
  inherit (lib.systems) platforms;

  system = config: { inherit config; };
  newlib = config: {
    inherit config;
    libc = "newlib";
  };
  llvm = config: {
    inherit config;
    useLLVM = true;
  };
  android = {
    androidSdkVersion = "35";
    androidNdkVersion = "27";
  };
  mingw = config: libc: { inherit config libc; };
  ios = {
    darwinSdkVersion = "14.3";
    xcodeVer = "12.3";
    useiOSPrebuilt = true;
  };
  mac = config: {
    inherit config;
    xcodePlatform = "MacOSX";
    platform = { };
  };
  uefi = config: {
    inherit config;
    libc = null;
    useLLVM = true;
    linker = "lld";
  };
in
mapAttrs (_: system) {
  gnu64 = "x86_64-unknown-linux-gnu";
  gnu32 = "i686-unknown-linux-gnu";
  musl64 = "x86_64-unknown-linux-musl";
  musl32 = "i686-unknown-linux-musl";
  aarch64-multiplatform = "aarch64-unknown-linux-gnu";
  aarch64-multiplatform-musl = "aarch64-unknown-linux-musl";
  armv5tel-multiplatform = "armv5tel-unknown-linux-gnueabi";
  armv7l-hf-multiplatform = "armv7l-unknown-linux-gnueabihf";
  powernv = "powerpc64le-unknown-linux-gnu";
  musl-power = "powerpc64le-unknown-linux-musl";
  ppc64 = "powerpc64-unknown-linux-gnuabielfv2";
  ppc64-elfv1 = "powerpc64-unknown-linux-gnuabielfv1";
  ppc64-elfv2 = "powerpc64-unknown-linux-gnuabielfv2";
  riscv64 = "riscv64-unknown-linux-gnu";
  riscv32 = "riscv32-unknown-linux-gnu";
  riscv64-musl = "riscv64-unknown-linux-musl";
  arc = "arc-unknown-linux-gnu";
  m68k = "m68k-unknown-linux-gnu";
  s390 = "s390-unknown-linux-gnu";
  s390x = "s390x-unknown-linux-gnu";
  sh4 = "sh4-unknown-linux-gnu";
  avr = "avr";
  ghcjs = "javascript-unknown-ghcjs";
  x86_64-cygwin = "x86_64-pc-cygwin";
  x86_64-netbsd = "x86_64-unknown-netbsd";
}
// mapAttrs (_: newlib) {
  aarch64be-embedded = "aarch64_be-none-elf";
  arm-embedded = "arm-none-eabi";
  i686-embedded = "i686-elf";
  microblaze-embedded = "microblazeel-none-elf";
  mips-embedded = "mips-none-elf";
  mips64-embedded = "mips64-none-elf";
  mmix = "mmix-unknown-mmixware";
  msp430 = "msp430-elf";
  or1k = "or1k-elf";
  ppc-embedded = "powerpc-none-eabi";
  ppcle-embedded = "powerpcle-none-eabi";
  riscv32-embedded = "riscv32-none-elf";
  riscv64-embedded = "riscv64-none-elf";
  rx-embedded = "rx-none-elf";
  vc4 = "vc4-elf";
  x86_64-embedded = "x86_64-elf";
}
// mapAttrs (_: llvm) {
  aarch64-freebsd = "aarch64-unknown-freebsd";
  x86_64-freebsd = "x86_64-unknown-freebsd";
  x86_64-netbsd-llvm = "x86_64-unknown-netbsd";
  x86_64-openbsd = "x86_64-unknown-openbsd";
  aarch64-windows = "aarch64-pc-windows-msvc";
  x86_64-windows = "x86_64-pc-windows-msvc";
  wasi32 = "wasm32-unknown-wasi";
}
// mapAttrs (_: uefi) {
  aarch64-unknown-uefi = "aarch64-unknown-uefi";
  x86_64-unknown-uefi = "x86_64-unknown-uefi";
}
// mapAttrs (_: mac) {
  aarch64-darwin = "arm64-apple-darwin";
  x86_64-darwin = "x86_64-apple-darwin";
}
// rec {
  raspberryPi = system "armv6l-unknown-linux-gnueabihf" // platforms.raspberrypi;
  muslpi = raspberryPi // system "armv6l-unknown-linux-musleabihf";
  bluefield2 = system "aarch64-unknown-linux-gnu" // platforms.bluefield2;
  remarkable1 = system "armv7l-unknown-linux-gnueabihf" // platforms.zero-gravitas;
  remarkable2 = system "armv7l-unknown-linux-gnueabihf" // platforms.zero-sugar;
  ben-nanonote = system "mipsel-unknown-linux-uclibc" // platforms.ben_nanonote;
  fuloongminipc = system "mipsel-unknown-linux-gnu" // platforms.fuloong2f_n32;
  mips-linux-gnu = system "mips-unknown-linux-gnu" // platforms.gcc_mips32r2_o32;
  mipsel-linux-gnu = system "mipsel-unknown-linux-gnu" // platforms.gcc_mips32r2_o32;
  mips64-linux-gnuabin32 = system "mips64-unknown-linux-gnuabin32" // platforms.gcc_mips64r2_n32;
  mips64el-linux-gnuabin32 =
    system "mips64el-unknown-linux-gnuabin32" // platforms.gcc_mips64r2_n32;
  mips64-linux-gnuabi64 = system "mips64-unknown-linux-gnuabi64" // platforms.gcc_mips64r2_64;
  mips64el-linux-gnuabi64 = system "mips64el-unknown-linux-gnuabi64" // platforms.gcc_mips64r2_64;
  ppc64-musl = system "powerpc64-unknown-linux-musl" // { gcc.abi = "elfv2"; };
  ppc32 = system "powerpc-unknown-linux-gnu" // { rust.rustcTarget = "powerpc-unknown-linux-gnu"; };
  loongarch64-linux = platforms.loongarch64-multiplatform // system "loongarch64-unknown-linux-gnu";
  loongarch64-linux-embedded = loongarch64-linux // {
    gcc = loongarch64-linux.gcc // {
      arch = "loongarch64";
      strict-align = true;
    };
  };

  armv7a-android-prebuilt =
    system "armv7a-unknown-linux-androideabi"
    // android
    // platforms.armv7a-android
    // {
      rust.rustcTarget = "armv7-linux-androideabi";
      useAndroidPrebuilt = true;
    };
  aarch64-android-prebuilt =
    system "aarch64-unknown-linux-android"
    // android
    // {
      rust.rustcTarget = "aarch64-linux-android";
      useAndroidPrebuilt = true;
    };
  aarch64-android =
    system "aarch64-unknown-linux-android"
    // android
    // {
      libc = "bionic";
      useAndroidPrebuilt = false;
      useLLVM = true;
    };

  arm-embedded-nano = system "arm-none-eabi" // { libc = "newlib-nano"; };
  armhf-embedded = newlib "arm-none-eabihf" // {
    gcc = {
      arch = "armv5t";
      fpu = "vfp";
    };
  };
  aarch64-embedded = newlib "aarch64-none-elf" // { rust.rustcTarget = "aarch64-unknown-none"; };

  iphone64 = system "arm64-apple-ios" // ios // { xcodePlatform = "iPhoneOS"; };
  iphone64-simulator =
    system "x86_64-apple-ios"
    // ios
    // {
      xcodePlatform = "iPhoneSimulator";
      darwinPlatform = "ios-simulator";
    };

  mingw-msvcrt-i686 = mingw "i686-w64-mingw32" "msvcrt";
  mingw-msvcrt-x86_64 = mingw "x86_64-w64-mingw32" "msvcrt";
  mingw-ucrt-x86_64 = mingw "x86_64-w64-mingw32" "ucrt";
  mingw-ucrt-x86_64-llvm = mingw-ucrt-x86_64 // {
    rust.rustcTarget = "x86_64-pc-windows-gnullvm";
    useLLVM = true;
  };
  mingw-ucrt-aarch64 = mingw "aarch64-w64-mingw32" "ucrt" // {
    rust.rustcTarget = "aarch64-pc-windows-gnullvm";
    useLLVM = true;
  };
  mingw32 = mingw-msvcrt-i686;
  mingwW64 = mingw-msvcrt-x86_64;
  ucrt64 = mingw-ucrt-x86_64;
  ucrtAarch64 = mingw-ucrt-aarch64;

  wasm32-unknown-none = llvm "wasm32-unknown-none" // {
    rust.rustcTarget = "wasm32-unknown-unknown";
  };
}
