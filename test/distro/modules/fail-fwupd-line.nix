(import ./system.inc {
  services.fwupd = { enable = true; uefiCapsuleSettings.OverrideESPMountPoint = "/x\n[fwupd]"; };
}).config.environment.etc."fwupd/fwupd.conf".source.drvPath
