(import ./system.inc ({ pkgs, ... }: {
  boot.loader.external.enable = true;
  boot.initrd.systemd.tpm2.enable = true;
  boot.supportedFilesystems = [ "ext4" "zfs" "hfs" ];
  fileSystems."/tank" = { device = "tank"; fsType = "zfs"; };
  services.udev.enable = false;
})).checked
