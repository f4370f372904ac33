let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { options.a = lib.mkEnableOption "a"; options.b = lib.mkOption { default = 1; }; }
      ({ config, ... }: { config = if config.a then { b = 2; } else { }; }) ]; }).config.b
