# Predicates on systems: isLinux, is64bit, isMusl ...
#
# A pattern is a set that the parsed system must have, or a list of those of which one is enough.
{ lib }:

let
  inherit (builtins) any attrValues concatMap filter isList map mapAttrs removeAttrs;
  inherit (lib.systems.parse) cpuTypes execFormats kernelFamilies kernels significantBytes;

  abis = mapAttrs (_: abi: removeAttrs abi [ "assertions" ]) lib.systems.parse.abis;
  abiNamed = names: map (name: { abi = abis.${name}; }) names;
  kernel = name: { kernel = kernels.${name}; };
  cpu = attrs: { cpu = attrs; };
  family = name: cpu { family = name; };
  wide =
    name: bits:
    cpu {
      family = name;
      inherit bits;
    };

  inherit (lib) hasPrefix matchAttrs toList;
in
rec {
  patterns = rec {
    # Processors
    isx86 = family "x86";
    isx86_32 = wide "x86" 32;
    isx86_64 = wide "x86" 64;
    isi686 = cpu cpuTypes.i686;
    isAarch = family "arm";
    isAarch32 = wide "arm" 32;
    isAarch64 = wide "arm" 64;
    isArmv7 = map (c: cpu { inherit (c) arch; }) (
      filter (c: hasPrefix "armv7" c.arch or "") (attrValues cpuTypes)
    );
    isPower = family "power";
    isPower64 = wide "power" 64;
    isMips = family "mips";
    isMips32 = wide "mips" 32;
    isMips64 = wide "mips" 64;
    isMips64n32 = isMips64 // { abi.abi = "n32"; };
    isMips64n64 = isMips64 // { abi.abi = "64"; };
    isRiscV = family "riscv";
    isRiscV32 = wide "riscv" 32;
    isRiscV64 = wide "riscv" 64;
    isS390 = family "s390";
    isS390x = wide "s390" 64;
    isSparc = family "sparc";
    isSparc64 = wide "sparc" 64;
    isLoongArch64 = wide "loongarch" 64;
    isAlpha = family "alpha";
    isArc = family "arc";
    isAvr = family "avr";
    isJavaScript = cpu cpuTypes.javascript;
    isM68k = family "m68k";
    isMicroBlaze = family "microblaze";
    isMmix = family "mmix";
    isMsp430 = family "msp430";
    isOr1k = family "or1k";
    isRx = family "rx";
    isSh4 = family "sh";
    isVc4 = family "vc4";
    isWasm = family "wasm";

    is32bit = cpu { bits = 32; };
    is64bit = cpu { bits = 64; };
    isBigEndian = cpu { significantByte = significantBytes.bigEndian; };
    isLittleEndian = cpu { significantByte = significantBytes.littleEndian; };

    # Kernels
    isLinux = kernel "linux";
    isFreeBSD.kernel.name = "freebsd";
    isNetBSD = kernel "netbsd";
    isOpenBSD = kernel "openbsd";
    isBSD.kernel.families = { inherit (kernelFamilies) bsd; };
    isDarwin.kernel.families = { inherit (kernelFamilies) darwin; };
    isMacOS = kernel "macos";
    isiOS = kernel "ios";
    isSunOS = kernel "solaris";
    isRedox = kernel "redox";
    isGenode = kernel "genode";
    isWindows = kernel "windows";
    isCygwin = kernel "cygwin";
    isMinGW = isWindows // { abi = abis.gnu; };
    isMsvc = isWindows // { abi = abis.msvc; };
    isWasi = kernel "wasi";
    isGhcjs = kernel "ghcjs";
    isNone = kernel "none";
    isUefi = [ (kernel "uefi") ];
    isUnix = [ isBSD isDarwin isLinux isSunOS isCygwin isRedox ];

    # Formats and binary interfaces
    isElf.kernel.execFormat = execFormats.elf;
    isMacho.kernel.execFormat = execFormats.macho;
    isPE.kernel.execFormat = execFormats.pe;
    isAndroid = abiNamed [ "android" "androideabi" ];
    isGnu = abiNamed [
      "gnuabi64"
      "gnuabin32"
      "gnu"
      "gnueabi"
      "gnueabihf"
      "gnuabielfv1"
      "gnuabielfv2"
    ];
    isMusl = abiNamed [ "musl" "musleabi" "musleabihf" "muslabin32" "muslabi64" ];
    isUClibc = abiNamed [ "uclibc" "uclibceabi" "uclibceabihf" ];
    isEabi.abi.eabi = true;
    isAbiElfv1.abi.abi = "elfv1";
    # musl knows no other on 64 bit.
    isAbiElfv2 = [ { abi.abi = "elfv2"; } (isPower64 // { abi.name = "musl"; }) ];
    isILP32 = [
      (wide "wasm" 32)
    ] ++ map (abi: { abi = { inherit abi; }; }) [ "n32" "ilp32" "x32" ];
    # Where a firmware may be UEFI.
    isEfi =
      map (
        version:
        cpu {
          family = "arm";
          inherit version;
        }
      ) [ "6" "7" "8" ]
      ++ map family [ "riscv" "x86" "loongarch" ];
  };

  /* The pattern that matches where both do. */
  patternLogicalAnd =
    left: right:
    let
      agree =
        path: a: b:
        if builtins.intersectAttrs a b == { } || a == b then
          true
        else
          throw
            "pattern conflict at path ${toString path}:\n  ${builtins.toJSON a}\n  ${builtins.toJSON b}\n";
    in
    concatMap (a: map (b: lib.recursiveUpdateUntil agree a b) (toList right)) (toList left);

  matchAnyAttrs =
    patterns:
    if isList patterns then
      attrs: any (pattern: matchAttrs pattern attrs) patterns
    else
      matchAttrs patterns;

  /* Of a parsed system. */
  predicates = mapAttrs (_: matchAnyAttrs) patterns;

  /* Of an elaborated one, which `parsed` in the pattern says. */
  platformPatterns.isStatic = {
    parsed = { };
    isStatic = true;
  };
}
