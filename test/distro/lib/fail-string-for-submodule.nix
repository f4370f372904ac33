# A string where a submodule belongs, as in a set of them.
let
  lib = import ../../../distro/lib;
in
(lib.evalModules {
  modules = [
    {
      options.disks = lib.mkOption {
        type = lib.types.attrsOf (lib.types.submodule { options.device = lib.mkOption { type = lib.types.str; }; });
      };
    }
    { _file = "machine.nix"; disks.data = "/dev/no-such-disk"; }
  ];
}).config.disks.data.device
