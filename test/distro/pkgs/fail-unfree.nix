let
  archive = import ./archive.inc { others.unrar = { component = "non-free"; }; };
in
(import ../../../distro/pkgs { inherit archive; config.allowUnfreePredicate = _: false; }).unrar.outPath
