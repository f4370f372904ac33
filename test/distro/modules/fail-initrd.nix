# What an initrd cannot do, each with its reason.
(import ./system.inc ({ lib, ... }: {
  fileSystems."/var" = { device = "/dev/disk/by-label/state"; fsType = "ext4"; autoFormat = true; options = [ "noauto" ]; };
  fileSystems."/usr" = { device = "/dev/vdb"; fsType = "ext4"; };
  fileSystems."/srv" = { overlay = { lowerdir = [ "/a" ]; upperdir = "/b"; }; neededForBoot = true; };
  fileSystems."/home" = { device = "tmpfs"; fsType = "tmpfs"; autoFormat = true; neededForBoot = true; };
  fileSystems."/var/log" = { device = "server:/log"; fsType = "nfs4"; };
  boot.initrd = {
    preDeviceCommands = "true";
    postMountCommands = "true";
    preLVMCommands = "true";
    secrets = { "/here" = null; "/there" = "/run/key"; };
    luks.devices.data = { device = "/dev/vdb"; preOpenCommands = "true"; yubikey = { slot = 2; }; };
  };
})).checked
