let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { _file = "one.nix"; options.a = lib.mkOption { }; a = 3; } ]; }).config.a
