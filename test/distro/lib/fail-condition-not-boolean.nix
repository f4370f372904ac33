let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { options.a = lib.mkOption { }; } { a = lib.mkIf "yes" 1; } ]; }).config.a
