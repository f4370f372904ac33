let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { _file = "one.nix"; options.a = lib.mkOption { type = lib.types.int; }; }
      { _file = "two.nix"; options.a.b = lib.mkOption { }; } ]; }).config.a
