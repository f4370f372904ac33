let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { _file = "one.nix"; options.a.enable = lib.types.bool; } ]; }).config.a.enable
