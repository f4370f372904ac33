let
  lib = import ../../../distro/lib;
  pkgs = import ../../../distro/pkgs { inherit lib; archive = import ../pkgs/archive.inc { }; };
in
(pkgs.testers.testOfFile { path = ./no-test.inc; attribute = ""; }).config.name
