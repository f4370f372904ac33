let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { options.a = lib.mkOption { }; options.b = lib.mkOption { }; }
      ({ config, ... }: { a = config.b; b = config.a; }) ]; }).config.a
