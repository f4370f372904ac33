# A machine whose initrd has much to do.
{ config, lib, modulesPath, pkgs, ... }: {
  imports = [ "${toString modulesPath}/profiles/qemu-guest.nix" ];
  boot.kernelParams = [ "console=ttyS0" ];
  boot.loader.grub.device = "/dev/vda";
  boot.loader.timeout = 0;
  users.users.tarn = { isNormalUser = true; extraGroups = [ "wheel" ]; password = ""; };
  system.stateVersion = "25.11";
  # This is about the initrd: without KVM each of these costs seconds.
  networking.firewall.enable = false;
  networking.useDHCP = false;
  services.resolved.enable = false;
  services.timesyncd.enable = false;
  system.build.qcow2 = import "${modulesPath}/../lib/make-disk-image.nix" { inherit config lib pkgs; format = "qcow2"; };

  fileSystems = {
    "/" = { fsType = "tmpfs"; options = [ "mode=0755" "size=400m" ]; };
    "/persist" = { device = "/dev/disk/by-label/nixos"; fsType = "ext4"; neededForBoot = true; };
    "/nix" = { device = "/persist/nix"; fsType = "none"; options = [ "bind" ]; };
    "/var" = { device = "/dev/mapper/keyed"; fsType = "ext4"; autoFormat = true; autoResize = true; };
    "/home" = { device = "/dev/mapper/typed"; label = "homes"; fsType = "ext4"; autoFormat = true; neededForBoot = true; };
    "/srv/sub" = { device = "LABEL=pool"; fsType = "btrfs"; options = [ "subvol=@srv" "compress=zstd" ]; neededForBoot = true; };
    "/late" = { label = "late"; fsType = "ext4"; options = [ "x-systemd.device-timeout=5min" ]; neededForBoot = true; };
    "/merged" = {
      overlay = { lowerdir = [ "/persist/nix" ]; upperdir = "/var/upper"; workdir = "/var/work"; };
      neededForBoot = true;
    };
  };

  boot.initrd = {
    luks.devices.keyed = {
      device = "/dev/disk/by-id/virtio-keyed";
      keyFile = "/etc/disk.key";
      keyFileSize = 2048;
      allowDiscards = true;
    };
    luks.devices.typed.device = "/dev/disk/by-id/virtio-typed";
    secrets."/etc/disk.key" = ./disk.key;
    systemd.emergencyAccess = true;
    # Debian's packages, by PATH, by their path in the store, and as a program of its own.
    systemd.extraBin.calculate = "${pkgs.jq}/bin/jq";
    systemd.services.use-packages = {
      requiredBy = [ "initrd.target" ];
      before = [ "initrd.target" ];
      unitConfig.DefaultDependencies = false;
      serviceConfig.Type = "oneshot";
      path = [ pkgs.jq ];
      script = "{ jq -n 1+1; ${pkgs.jq}/bin/jq -n 2+2; calculate -n 3+3; } > /run/calculated";
    };
    # Fails until someone has put things right in the emergency shell.
    systemd.services.check-something = {
      requiredBy = [ "initrd.target" ];
      before = [ "initrd.target" ];
      after = [ "initrd-fs.target" ];
      unitConfig.DefaultDependencies = false;
      serviceConfig.Type = "oneshot";
      script = "test -e /run/something || { echo nothing here yet; exit 1; }";
    };
  };
}
