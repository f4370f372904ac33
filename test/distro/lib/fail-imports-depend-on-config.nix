let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { options.a = lib.mkEnableOption "a"; }
      ({ config, ... }: { imports = if config.a then [ { } ] else [ ]; }) ]; }).config.a
