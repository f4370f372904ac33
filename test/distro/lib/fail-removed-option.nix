let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { options.assertions = lib.mkOption { }; }
      (lib.mkRemovedOptionModule [ "old" ] "Use the new one.") ]; }).config.old
