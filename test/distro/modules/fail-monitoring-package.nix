(import ../options/system.inc {
  modules = [
    {
      fileSystems."/" = { device = "/dev/vda"; fsType = "ext4"; };
      system.stateVersion = "25.11";
      services.grafana.enable = true;
    }
  ];
}).config.system.build.toplevel
