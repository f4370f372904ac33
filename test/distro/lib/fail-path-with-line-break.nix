# A path of two lines.
let
  lib = import ../../../distro/lib;
in
(lib.evalModules {
  modules = [
    { options.file = lib.mkOption { type = lib.types.path; }; }
    { file = "/srv/data\nskip-checks"; }
  ];
}).config.file
