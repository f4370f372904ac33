(import ../options/system.inc {
  modules = [
    {
      fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; };
      system.stateVersion = "25.11";
      services.btrfs.autoScrub.enable = true;
      services.prometheus.exporters = {
        node = { enable = true; firewallFilter = "-p tcp"; };
        snmp.enable = true;
      };
      services.smartd = { enable = true; autodetect = false; };
      services.victoriametrics = { enable = true; basicAuthUsername = "me"; };
      services.zfs.autoScrub.enable = true;
      boot.zfs.extraPools = [ "tank" ];
    }
  ];
}).config.system.build.toplevel
