(import ../options/system.inc {
  modules = [
    {
      fileSystems."/" = {
        device = "/dev/vda";
        fsType = "ext4";
      };
      system.stateVersion = "23.05";
      specialisation."a/b".configuration = { };
    }
  ];
}).config.system.build.toplevel.drvPath
