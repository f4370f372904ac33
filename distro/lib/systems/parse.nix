# The name of a system, as "x86_64-linux" or "aarch64-unknown-linux-gnu", to its parts, and back.
{ lib }:

let
  inherit (builtins) elem elemAt head length match removeAttrs;
  inherit (lib) hasPrefix isType optionalString setType;
  inherit (lib.systems.inspect) predicates;

  components = import ./components.nix { inherit lib; };
  inherit (components) abis cpuTypes execFormats kernels vendors;

  # What follows "abi" in a kernel's name isn't looked at, nor by gnu-config.
  withoutAbi =
    name:
    let
      found = match "(.*)e?abi.*" name;
    in
    if found == null then name else head found;

  look = table: kind: name: table.${name} or (throw "Unknown ${kind}: ${name}");

  # Kernels that stand behind a vendor, with no ABI behind them.
  lastOfThree = [ "redox" "mmixware" "ghcjs" "mingw32" "uefi" "cygwin" ];
  versioned = [ "freebsd" "netbsd" "openbsd" "genode" ];
in
rec {
  inherit (components) significantBytes cpuTypes vendors execFormats kernelFamilies kernels abis;

  types = import ./component-types.nix { inherit lib components; };

  /* Which part of a name, split at hyphens, is which: { cpu, vendor, kernel, abi }, without those that are inferred. */
  mkSkeletonFromList =
    parts:
    let
      n = length parts;
      part = elemAt parts;
      name = builtins.concatStringsSep "-" parts;
      cpu = head parts;
    in
    if n == 1 then
      (
        if cpu == "avr" then
          {
            inherit cpu;
            kernel = "none";
            abi = "unknown";
          }
        else
          throw "system string '${name}' with 1 component is ambiguous"
      )
    else if n == 2 then
      let
        second = part 1;
      in
      if second == "cygwin" then
        {
          inherit cpu;
          vendor = "pc";
          kernel = "cygwin";
        }
      else if second == "windows" then
        {
          inherit cpu;
          kernel = "windows";
          abi = "msvc";
        }
      else if second == "elf" then
        {
          inherit cpu;
          vendor = "unknown";
          kernel = "none";
          abi = "elf";
        }
      else
        {
          inherit cpu;
          kernel = second;
        }
    else if n == 3 then
      let
        second = part 1;
        third = part 2;
      in
      if second == "linux" || elem third [ "eabi" "eabihf" "elf" "gnu" ] then
        {
          inherit cpu;
          vendor = "unknown";
          kernel = second;
          abi = third;
        }
      else if
        second == "apple"
        || elem third lastOfThree
        || builtins.any (k: hasPrefix k third) versioned
        || hasPrefix "wasm32" cpu
      then
        {
          inherit cpu;
          vendor = second;
          kernel = if third == "mingw32" then "windows" else third;
        }
      else
        throw "system string '${name}' with 3 components is ambiguous"
    else if n == 4 then
      {
        inherit cpu;
        vendor = part 1;
        kernel = part 2;
        abi = part 3;
      }
    else
      throw "system string '${name}' has invalid number of hyphen-separated components";

  /* The parts of a skeleton with all that they say; vendor and abi may be left out. */
  mkSystemFromSkeleton =
    { cpu, kernel, ... }@skeleton:
    let
      parsed = setType "system" {
        cpu = look cpuTypes "CPU type" cpu;
        vendor =
          if skeleton ? vendor then
            look vendors "vendor" skeleton.vendor
          else if predicates.isDarwin parsed then
            vendors.apple
          else if predicates.isWindows parsed || predicates.isCygwin parsed then
            vendors.pc
          else
            vendors.unknown;
        kernel =
          let
            name = lib.findFirst (k: hasPrefix k kernel) (withoutAbi kernel) [ "darwin" "netbsd" ];
          in
          look kernels "kernel" name;
        abi =
          if skeleton ? abi then
            look abis "ABI" skeleton.abi
          else if !(predicates.isLinux parsed || predicates.isWindows parsed) then
            abis.unknown
          else if predicates.isAarch32 parsed then
            (
              if lib.versionAtLeast (parsed.cpu.version or "0") "6" then
                abis.gnueabihf
              else
                abis.gnueabi
            )
          else if predicates.isPower64 parsed && predicates.isBigEndian parsed then
            abis.gnuabielfv1
          else
            abis.gnu;
      };
    in
    parsed;

  mkSystemFromString = name: mkSystemFromSkeleton (mkSkeletonFromList (lib.splitString "-" name));

  mkSystem =
    parts:
    assert types.parsedPlatform.check parts;
    setType "system" parts;

  isSystem = isType "system";

  kernelName = kernel: kernel.name + toString (kernel.version or "");

  # Apple's name for a processor.
  darwinArch = cpu: if cpu.name == "aarch64" then "arm64" else cpu.name;

  # Older NetBSD systems have another format than ELF, which their names leave out.
  gnuNetBSDDefaultExecFormat =
    cpu:
    if cpu.bits == 32 && elem cpu.family [ "arm" "sparc" "m68k" "x86" ] then
      execFormats.aout
    else
      execFormats.elf;

  /* "x86_64-linux" */
  doubleFromSystem =
    { cpu, kernel, ... }:
    "${cpu.name}-${if kernel.families ? darwin then "darwin" else kernelName kernel}";

  /* "x86_64-unknown-linux-gnu" */
  tripleFromSystem =
    {
      cpu,
      vendor,
      kernel,
      abi,
      ...
    }@system:
    assert isSystem system;
    let
      format =
        optionalString
          (kernel.name == "netbsd" && gnuNetBSDDefaultExecFormat cpu != kernel.execFormat)
          kernel.execFormat.name;
      processor = if kernel.families ? darwin then darwinArch cpu else cpu.name;
    in
    "${processor}-${vendor.name}-${kernelName kernel}${format}${optionalString (abi.name != "unknown") "-${abi.name}"}";

  /* The same system with musl as its C library. */
  mkMuslSystem =
    parsed:
    let
      kind = match "(gnu|musl)(eabi|eabihf|abin32|abi64)" parsed.abi.name;
    in
    mkSystem (removeAttrs parsed [ "_type" ] // {
      abi = abis."musl${optionalString (kind != null) (elemAt kind 1)}";
    });

  /* Whether programs for the processor `b` run on `a`. Each entry: what runs the programs of the name, by itself or by what runs
     the programs of that. */
  isCompatible =
    a: b:
    let
      runners = {
        i386 = [ "i486" ];
        i486 = [ "i586" ];
        i586 = [ "i686" ];
        i686 = [ "x86_64" ];
        arm = [ "armv5tel" ];
        armv5tel = [ "armv6l" ];
        armv6m = [ "armv6l" ];
        armv6l = [ "armv7l" ];
        armv7l = [ "armv7a" "armv7r" ];
        armv7m = [ "armv7a" "armv7r" ];
        armv8a = [ "aarch64" ];
        powerpc = [ "powerpc64" ];
        powerpcle = [ "powerpc64le" ];
        mips = [ "mips64" ];
        mipsel = [ "mips64el" ];
        sparc = [ "sparc64" ];
      };
    in
    a == b || builtins.any (name: isCompatible a cpuTypes.${name}) (runners.${b.name} or [ ]);
}
