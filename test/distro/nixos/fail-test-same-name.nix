let
  lib = import ../../../distro/lib;
  pkgs = import ../../../distro/pkgs { inherit lib; archive = import ../pkgs/archive.inc { }; };
  test = pkgs.testers.runNixOSTest {
    name = "same";
    nodes.web-1 = { };
    nodes.other.networking.hostName = "web_1";
    testScript = "";
  };
in
test.config.node.descriptions
