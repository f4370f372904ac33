let lib = import ../../../distro/lib; in
(lib.evalModules {
  modules = [
    { options.a = lib.mkOption { default = 1; }; }
    ({ config, ... }: { b = lib.mkIf config.a.missing (abort "evaluated"); })
  ];
}).config.a
