# The systems that the distribution is made for.
{ lib }:

let
  cpus = {
    x86_64 = { bits = 64; family = "x86"; debian = "amd64"; linuxArch = "x86_64"; linuxTarget = "bzImage"; qemuArch = "x86_64"; };
    aarch64 = { bits = 64; family = "arm"; debian = "arm64"; linuxArch = "arm64"; linuxTarget = "Image"; qemuArch = "aarch64"; };
  };
in
rec {
  doubles = {
    all = [ "x86_64-linux" "aarch64-linux" ];
    linux = doubles.all;
    unix = doubles.all;
    x86_64 = [ "x86_64-linux" ];
    x86 = doubles.x86_64;
    aarch64 = [ "aarch64-linux" ];
    arm = [ ];
    i686 = [ ];
    darwin = [ ];
    windows = [ ];
    none = [ ];
  };
  flakeExposed = doubles.all;
  supported.hydra = doubles.all;

  systemToAttrs = x: if builtins.isAttrs x then x else { system = x; };

  /* All that is known of a system, given as "x86_64-linux" or { system = ...; }. */
  elaborate = args:
    let
      given = systemToAttrs args;
      system = given.system or (throw "lib.systems.elaborate: neither a system nor a set with `system' was given");
      arch = builtins.head (builtins.split "-" system);
      cpu = cpus.${arch} or (throw "The system `${system}' is not supported. Supported are: ${builtins.concatStringsSep ", " doubles.all}.");
      final = {
        inherit system;
        config = "${arch}-unknown-linux-gnu";
        libc = "glibc";
        useLLVM = false;
        isStatic = false;
        inherit (cpu) linuxArch qemuArch;
        debianArch = cpu.debian;
        parsed = {
          cpu = { name = arch; inherit (cpu) bits family; };
          kernel = { name = "linux"; };
          vendor = { name = "unknown"; };
          abi = { name = "gnu"; };
        };
        uname = { system = "Linux"; processor = arch; release = null; };
        extensions = { sharedLibrary = ".so"; staticLibrary = ".a"; executable = ""; library = ".so"; };
        linux-kernel = { name = "debian"; target = cpu.linuxTarget; autoModules = true; };
        isLinux = true;
        isUnix = true;
        isDarwin = false;
        isWindows = false;
        isBSD = false;
        isFreeBSD = false;
        isMusl = false;
        isGnu = true;
        isx86 = cpu.family == "x86";
        isx86_64 = arch == "x86_64";
        isx86_32 = false;
        isi686 = false;
        isAarch = cpu.family == "arm";
        isAarch64 = arch == "aarch64";
        isAarch32 = false;
        isRiscV = false;
        isPower = false;
        is64bit = true;
        is32bit = false;
        isLittleEndian = true;
        isBigEndian = false;
        isEfi = true;
        canExecute = other: other.system == system;
        emulatorAvailable = _: true;
        __toString = self: self.system;
      } // builtins.removeAttrs given [ "system" ];
    in
    if given ? isLinux then given else final;

  equals = a: b: a.system == b.system;
  toLosslessStringMaybe = sys: if builtins.isString sys then sys else sys.system or null;
  inspect.predicates = lib.mapAttrs (name: _: sys: sys.${name} or false) {
    isLinux = null; isx86_64 = null; isAarch64 = null; isUnix = null; is64bit = null;
  };
  parse.mkSystemFromString = s: (elaborate s).parsed;
  examples = {
    gnu64 = { config = "x86_64-unknown-linux-gnu"; };
    aarch64-multiplatform = { config = "aarch64-unknown-linux-gnu"; };
  };
}
