let
  lib = import ../../../distro/lib;
  pkgs = import ../../../distro/pkgs { inherit lib; archive = import ../pkgs/archive.inc { }; };
  test = pkgs.testers.runNixOSTest {
    name = "shared";
    nodes.machine.virtualisation.sharedDirectories.x = { source = "/tmp"; target = "/mnt"; };
    testScript = "";
  };
in
lib.checkAssertWarn test.nodes.machine.assertions [ ] "all assertions hold"
