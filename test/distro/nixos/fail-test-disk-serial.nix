let
  lib = import ../../../distro/lib;
  pkgs = import ../../../distro/pkgs { inherit lib; archive = import ../pkgs/archive.inc { }; };
  test = pkgs.testers.runNixOSTest {
    name = "serial";
    nodes.machine.virtualisation = {
      emptyDiskImages = [ 8 { size = 8; driveConfig.deviceExtraOpts.serial = "a,file=/etc/x $(id)"; } ];
      forwardPorts = [ { host.port = 8080; guest.port = 80; host.address = "999.1.1.1"; } ];
    };
    testScript = "";
  };
in
lib.checkAssertWarn test.nodes.machine.assertions [ ] "all assertions hold"
