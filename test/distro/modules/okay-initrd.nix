# What the initrd does, and when it is systemd's: its mounts, its checks and new file systems, encrypted disks, the lines of the system's
# own fstab beside them.
let
  system = import ./system.inc;
  initrd = modules: (system modules).config.boot.initrd;
  units = modules: names:
    let inherit (system modules) lib config;
    in lib.genAttrs names (name: { inherit (config.boot.initrd.systemd.units.${name}) text requiredBy wantedBy; });
  needs = modules: let i = initrd modules; in { inherit (i) needsSystemd; inherit (i.systemd) enable; };
  data = {
    fileSystems."/var" = { device = "/dev/disk/by-id/virtio-data"; label = "state"; fsType = "ext4"; autoFormat = true;
      autoResize = true; };
    fileSystems."/home" = { device = "/var/home"; fsType = "none"; options = [ "bind" ]; neededForBoot = true; };
    fileSystems."/srv" = { device = "LABEL=a b"; fsType = "btrfs"; options = [ "subvol=@srv" "nofail" "x-systemd.device-timeout=5s" ];
      neededForBoot = true; };
    fileSystems."/opt" = { overlay = { lowerdir = [ "/nix/opt" "/var/opt" ]; upperdir = "/var/up"; workdir = "/var/work"; };
      neededForBoot = true; };
    fileSystems."/mnt" = { device = "/dev/vdc"; fsType = "ext4"; autoFormat = true; };
  };
  luks.boot.initrd = {
    luks.devices = {
      data = { device = "/dev/vdb"; keyFile = "/etc/key"; keyFileSize = 2048; keyFileOffset = 16; keyFileTimeout = 5;
        allowDiscards = true; };
      typed = { device = "/dev/vdc"; bypassWorkqueues = true; tryEmptyPassphrase = true; fallbackToPassword = true;
        crypttabExtraOpts = [ "tries=9" ]; };
    };
    secrets."/etc/key" = ./okay-initrd.nix;
  };
in
{
  # Nothing but the root: busybox's.
  plain = needs { fileSystems."/data" = { device = "/dev/vdb"; fsType = "ext4"; }; };
  data = needs data;
  luks = needs luks;
  memory = needs { fileSystems."/" = { device = "none"; fsType = "tmpfs"; }; };
  asked = needs { boot.initrd.systemd.enable = true; };
  # Always needed for boot.
  always = map (path: (needs { fileSystems.${path} = { device = "/dev/vdb"; fsType = "ext4"; }; }).enable)
    [ "/nix" "/nix/store" "/var" "/var/log" "/var/lib" "/var/lib/nixos" "/etc" "/home" ];

  mounts = units data [ "sysroot.mount" "sysroot-var.mount" "sysroot-home.mount" "sysroot-srv.mount" "sysroot-opt.mount"
    "format-dev-disk-by\\x2did-virtio\\x2ddata.service" "dev-disk-by\\x2dlabel-a\\x5cx20b.device" "directories-opt.service" ];
  commands = let services = (initrd data).systemd.services; in services."format-dev-disk-by\\x2did-virtio\\x2ddata".script;
  rootTimeout = units { boot.initrd = { systemd.enable = true; rootDeviceTimeout = 300; }; } [ "dev-disk-by\\x2dlabel-nixos.device" ];
  fstab = (system data).config.environment.etc.fstab.text;
  crypttab = (initrd luks).systemd.contents."/etc/crypttab".text;
  onLuks = units { imports = [ luks ]; fileSystems."/var" = { device = "/dev/mapper/data"; fsType = "ext4"; autoFormat = true; }; }
    [ "format-dev-mapper-data.service" ];
  tools = { inherit (initrd data) supportedFilesystems; inherit ((initrd data).systemd) packages; };
  settings = (initrd { boot.initrd.systemd = { enable = true; settings.Manager.DefaultDeviceTimeoutSec = "5min";
    managerEnvironment.SYSTEMD_LOG_LEVEL = "debug"; }; }).systemd.contents."/etc/systemd/system.conf".text;
  shadow = map (emergencyAccess: (initrd { boot.initrd.systemd = { enable = true; inherit emergencyAccess; }; })
    .systemd.contents."/etc/shadow".text) [ false true null "$y$j9T$salt$hash" ];
  # A package that is several of Debian's.
  joined = (system ({ pkgs, ... }: { boot.initrd.systemd = { enable = true; initrdBin = [ pkgs.openssh ]; }; }))
    .config.boot.initrd.systemd.packages;
  # Commands of the busybox initrd are a service here.
  afterMounting = let it = system [ { boot.initrd = { systemd.enable = true; postMountCommands = "touch /mnt-root/here"; }; } ]; in {
    inherit (it.config.boot.initrd.systemd.units."initrd-post-mount-commands.service") text wantedBy;
    file = it.config.boot.initrd.systemd.contents."/etc/post-mount-commands".text;
  };
}
