let
  lib = import ../../../distro/lib;
  pkgs = import ../../../distro/pkgs { inherit lib; archive = import ../pkgs/archive.inc { }; };
  test = pkgs.testers.runNixOSTest {
    name = "mounts";
    nodes.machine.virtualisation.fileSystems = {
      "/a" = { device = "/b/x"; fsType = "none"; options = [ "bind" ]; };
      "/b" = { device = "/dev/vdb"; fsType = "ext4"; depends = [ "/c" ]; };
      "/c" = { device = "/a/y"; fsType = "none"; options = [ "bind" ]; };
      "/c/below" = { device = "/dev/vdc"; fsType = "ext4"; };
      "/srv/../etc" = { device = "/dev/vdd"; fsType = "ext4"; };
      "//srv" = { device = "/dev/vde"; fsType = "ext4"; };
      "/srv" = { device = "/dev/vdf"; fsType = "ext4"; };
      "/srv/own" = { device = "/srv/own"; fsType = "none"; options = [ "bind" ]; };
    };
    testScript = "";
  };
in
lib.checkAssertWarn test.nodes.machine.assertions [ ] "all assertions hold"
