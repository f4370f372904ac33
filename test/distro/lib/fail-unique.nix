let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [
  { options.pkg = lib.mkOption { type = lib.types.unique { message = "There is one package only."; } lib.types.str; }; }
  { pkg = "a"; } { pkg = "a"; } ]; }).config.pkg
