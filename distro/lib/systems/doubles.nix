# Lists of systems, by what they have in common.
{ lib }:

let
  inherit (builtins) concatMap filter map;
  inherit (lib.systems) parse;
  inherit (lib.systems.inspect) predicates;

  of = kernel: map (cpu: "${cpu}-${kernel}");

  all =
    of "cygwin" [ "i686" "x86_64" ]
    ++ of "darwin" [ "x86_64" "aarch64" ]
    ++ of "freebsd" [ "i686" "x86_64" "aarch64" ]
    ++ of "genode" [ "aarch64" "i686" "x86_64" ]
    ++ of "solaris" [ "x86_64" ]
    ++ of "ghcjs" [ "javascript" ]
    ++ of "linux" [
      "aarch64"
      "arc"
      "armv5tel"
      "armv6l"
      "armv7a"
      "armv7l"
      "i686"
      "loongarch64"
      "m68k"
      "sh4"
      "microblaze"
      "microblazeel"
      "mips"
      "mips64"
      "mips64el"
      "mipsel"
      "powerpc"
      "powerpc64"
      "powerpc64le"
      "riscv32"
      "riscv64"
      "s390"
      "s390x"
      "x86_64"
    ]
    ++ of "mmixware" [ "mmix" ]
    ++ of "netbsd" [
      "aarch64"
      "armv6l"
      "armv7a"
      "armv7l"
      "i686"
      "m68k"
      "mipsel"
      "powerpc"
      "riscv32"
      "riscv64"
      "x86_64"
    ]
    ++ of "none" [
      "aarch64_be"
      "aarch64"
      "arm"
      "armv6l"
      "avr"
      "i686"
      "microblaze"
      "microblazeel"
      "mips"
      "mips64"
      "msp430"
      "or1k"
      "m68k"
      "powerpc"
      "powerpcle"
      "riscv32"
      "riscv64"
      "rx"
      "s390"
      "s390x"
      "vc4"
      "x86_64"
    ]
    ++ of "openbsd" [ "i686" "x86_64" ]
    ++ of "redox" [ "x86_64" ]
    ++ of "wasi" [ "wasm64" "wasm32" ]
    ++ of "windows" [ "aarch64" "x86_64" "i686" ]
    ++ of "uefi" [ "aarch64" "x86_64" ];

  parsed = map parse.mkSystemFromString all;
  where = predicate: map parse.doubleFromSystem (filter predicate parsed);
in
builtins.mapAttrs (_: name: where predicates.${name}) {
  arm = "isAarch32";
  armv7 = "isArmv7";
  aarch = "isAarch";
  aarch64 = "isAarch64";
  x86 = "isx86";
  i686 = "isi686";
  x86_64 = "isx86_64";
  microblaze = "isMicroBlaze";
  mips = "isMips";
  mmix = "isMmix";
  power = "isPower";
  riscv = "isRiscV";
  riscv32 = "isRiscV32";
  riscv64 = "isRiscV64";
  rx = "isRx";
  vc4 = "isVc4";
  or1k = "isOr1k";
  m68k = "isM68k";
  arc = "isArc";
  sh4 = "isSh4";
  s390 = "isS390";
  s390x = "isS390x";
  loongarch64 = "isLoongArch64";
  js = "isJavaScript";
  bigEndian = "isBigEndian";
  littleEndian = "isLittleEndian";
  cygwin = "isCygwin";
  darwin = "isDarwin";
  freebsd = "isFreeBSD";
  illumos = "isSunOS";
  linux = "isLinux";
  netbsd = "isNetBSD";
  openbsd = "isOpenBSD";
  unix = "isUnix";
  wasi = "isWasi";
  redox = "isRedox";
  windows = "isWindows";
  genode = "isGenode";
  uefi = "isUefi";
  embedded = "isNone";
}
// {
  inherit all;
  none = [ ];
  # By their binary interface, in this order.
  gnu = concatMap (abi: where (system: predicates.isLinux system && system.abi.name == abi)) [
    "gnu"
    "gnueabi"
    "gnueabihf"
    "gnuabin32"
    "gnuabi64"
    "gnuabielfv1"
    "gnuabielfv2"
  ];
}
