let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { _file = "one.nix"; options.a = lib.mkOption { default = 1; }; }
      { _file = "two.nix"; options.a = lib.mkOption { default = 2; }; } ]; }).config.a
