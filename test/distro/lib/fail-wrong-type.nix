let lib = import ../../../distro/lib; in
(lib.evalModules { modules = [
  { options.port = lib.mkOption { type = lib.types.port; }; }
  {
    port = "eighty";
  }
]; }).config.port
