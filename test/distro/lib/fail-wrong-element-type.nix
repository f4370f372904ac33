let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { options.names = lib.mkOption { type = lib.types.listOf lib.types.str; }; }
      { names = [ "a" 2 ]; } ]; }).config.names
