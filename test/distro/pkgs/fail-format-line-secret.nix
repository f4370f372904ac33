let
  lib = import ../../../distro/lib;
  pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; };
in
((pkgs.formats.ini { }).generate "x.ini" { section.api_secret = "a\nb"; }).drvPath
