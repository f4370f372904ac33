(import ../options/system.inc {
  modules = [
    {
      fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; };
      system.stateVersion = "25.11";
      services.prometheus.exporters.node = { enable = true; openFirewall = true; firewallFilter = "-m conntrack --ctstate NEW"; };
    }
  ];
}).config.system.build.toplevel
