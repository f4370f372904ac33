let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [ { options.name = lib.mkOption { type = lib.types.str; }; } ./name-one.inc ./name-two.inc ]; }).config.name
