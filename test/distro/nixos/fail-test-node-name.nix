let
  lib = import ../../../distro/lib;
  pkgs = import ../../../distro/pkgs { inherit lib; archive = import ../pkgs/archive.inc { }; };
  test = pkgs.testers.runNixOSTest {
    name = "strange";
    nodes."a b\n../c".networking.hostName = "abc";
    testScript = "";
  };
in
test.config.node.descriptions
