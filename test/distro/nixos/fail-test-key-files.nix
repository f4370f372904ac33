let
  lib = import ../../../distro/lib;
  pkgs = import ../../../distro/pkgs { inherit lib; archive = import ../pkgs/archive.inc { }; };
  test = pkgs.testers.runNixOSTest {
    name = "keys";
    nodes.machine.boot.initrd.luks.devices = lib.mkOverride 5 {
      data = { device = "/dev/vdb"; keyFile = "data.key"; keyFileSize = -5; };
      good = { device = "/dev/vdc"; keyFile = "/etc/data.key"; keyFileSize = 2048; keyFileOffset = 0; };
    };
    testScript = "";
  };
in
lib.checkAssertWarn test.nodes.machine.assertions [ ] "all assertions hold"
