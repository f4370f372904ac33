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
    # A logical volume on a mirror of two disks, which are made at the first boot.
    "/volume" = { device = "/dev/volumes/data"; fsType = "ext4"; autoFormat = true; neededForBoot = true; };
    # Compared with its hash whenever it is read.
    "/sealed" = { device = "/dev/mapper/sealed"; fsType = "ext4"; options = [ "ro" ]; noCheck = true; neededForBoot = true; };
    "/merged" = {
      overlay = { lowerdir = [ "/persist/nix" ]; upperdir = "/var/upper"; workdir = "/var/work"; };
      neededForBoot = true;
    };
  };

  boot.swraid.enable = true;
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
    services.lvm.enable = true;
    systemd.dmVerity.enable = true;
    systemd.contents."/etc/veritytab".text =
      "sealed /dev/disk/by-id/virtio-sealed /dev/disk/by-id/virtio-hashes ${lib.fileContents ./root-hash}\n";
    systemd.network = { enable = true; networks.lan = { matchConfig.Type = "ether"; DHCP = "ipv4"; }; };
    network.ssh = {
      enable = true;
      port = 2222;
      hostKeys = [ ./host-key ];
      authorizedKeyFiles = [ ./user-key.pub ];
    };
    systemd.services.make-volumes = {
      requiredBy = [ "initrd-fs.target" ];
      requires = [ "dev-disk-by\\x2did-virtio\\x2done.device" "dev-disk-by\\x2did-virtio\\x2dtwo.device" ];
      after = [ "dev-disk-by\\x2did-virtio\\x2done.device" "dev-disk-by\\x2did-virtio\\x2dtwo.device" ];
      unitConfig.DefaultDependencies = false;
      serviceConfig.Type = "oneshot";
      # What is found by udev's rules afterwards is what a later boot finds.
      script = ''
        blkid -p /dev/disk/by-id/virtio-one && exit
        mdadm --create /dev/md/mirror --level 1 --raid-devices 2 --assume-clean --run /dev/disk/by-id/virtio-one /dev/disk/by-id/virtio-two
        lvm pvcreate /dev/md/mirror
        # Not by these rules yet: a device that goes away again takes its mount with it.
        lvm vgcreate --setautoactivation n volumes /dev/md/mirror
        lvm lvcreate --activate n --zero n --wipesignatures n --name data --extents 100%FREE volumes
        udevadm settle
        lvm vgchange --setautoactivation y volumes
        # udev's rules may activate them now, or just when the array goes: both are as if they never had.
        tries=0
        until lvm vgchange -an volumes && mdadm --stop /dev/md/mirror; do
          udevadm settle
          test $((tries += 1)) -lt 60
          sleep 0.5
        done
        udevadm settle
        systemctl stop lvm-activate-volumes.service || true
        systemctl reset-failed lvm-activate-volumes.service || true
        rm -f /run/lvm/pvs_online/* /run/lvm/vgs_online/* /run/lvm/pvs_lookup/*
        udevadm trigger --action add /dev/disk/by-id/virtio-one /dev/disk/by-id/virtio-two
      '';
    };
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
