let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { options.a.name = lib.mkOption { type = lib.types.str; }; } ]; }).config.a.name
