# Every kind of image: its file, how it is made, and that its configuration holds.
let
  lib = import ../../../distro/lib;
  # The archive of these tests has not all of a system's packages.
  fake = name: lib.mkForce "/nix/store/${builtins.substring 0 32 (builtins.hashString "sha256" name)}-${name}";
  short.system.build = {
    toplevel = fake "toplevel"; initialRamdisk = fake "initrd"; tree = fake "tree"; etc = fake "etc";
    kexecTree = fake "kexec-tree";
  };
  system = modules: (import ./system.inc ([ short ] ++ modules)).config;
  user.users.users.tarn = { isNormalUser = true; password = ""; };
  config = system [ user ];
  made = name: image:
    let c = image.passthru.config; in
    # That of these tests lacks file systems of the installer.
    builtins.seq (builtins.elem name [ "iso-installer" "kexec" "kexec-bundle" ] || lib.checkAssertWarn c.assertions [ ] true) (
      { inherit (image.passthru) filePath; }
      // lib.optionalAttrs (image ? format) { inherit (image) format partitionTableType; }
      // lib.optionalAttrs (image ? compression) { inherit (image) compression; }
      // lib.optionalAttrs (c.services.cloud-init.enable or false) { sources = c.services.cloud-init.settings.datasource_list; }
      // { kernel = c.boot.kernelPackages.kernel.flavour; tags = c.system.nixos.tags; }
    );
  one = name: modules: made name (system ([ user ] ++ modules)).system.build.images.${name};
in
{
  variants = lib.mapAttrs made config.system.build.images;
  # Options of each, alone.
  efi = one "amazon" [ { image.modules.amazon.ec2.efi = true; } ];
  named = one "proxmox" [ { image.baseName = "web"; image.modules.proxmox.proxmox.qemuConf.bios = "ovmf"; } ];
  size = (system [ { image.modules.qemu.virtualisation.diskSize = 20480; } ]).system.build.images.qemu.diskSize;
  proxmox = (system [ { image.modules.proxmox.proxmox.qemuConf.memory = 4096; } ]).system.build.images.proxmox.container.config;
  # A kernel without the drivers of all hosts was chosen for another one.
  kernel = one "vmware" [ ({ pkgs, ... }: { boot.kernelPackages = pkgs.linuxPackages_cloud; }) ];
  own = (system [ { image.modules.mine.system.build.image.made = true; } ]).system.build.images.mine.made;
  # Nor does another machine's disk and firmware count.
  elsewhere =
    let
      it = system [
        user
        { boot.loader = { systemd-boot.enable = true; grub.device = "nodev"; }; }
        { fileSystems."/" = { device = "/dev/disk/by-uuid/1-2"; fsType = "xfs"; }; }
      ];
      names = [ "amazon" "linode" "proxmox" "qemu" "qemu-efi" "vmware" ];
    in
    lib.mapAttrs (name: image: (made name image).filePath != "") (lib.getAttrs names it.system.build.images);
  # Its root needs nothing of the configuration.
  root = let c = config.system.build.images.qemu-efi.passthru.config; in {
    inherit (c.fileSystems."/") device fsType autoResize;
    loader = c.boot.loader.systemd-boot.enable;
  };
}
