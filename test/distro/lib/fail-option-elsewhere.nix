let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { options.networking.hostName = lib.mkOption { }; options.other = lib.mkOption { }; }
      { hostName = "x"; } ]; }).config.other
