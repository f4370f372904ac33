# A file system without partitions, with a link that a command of the boot loader makes, and the functions that nixpkgs' commands use.
{ config, lib, pkgs, ... }: {
  imports = [ ../image/file-options.nix ];
  boot.loader.grub = {
    device = "nodev";
    extraInstallCommands = ''
      ${pkgs.coreutils}/bin/ln -fs /boot/grub /boot/grub2
    '';
  };
  image.extension = "img.gz";
  system.build.image = import ../../lib/make-disk-image.nix {
    inherit lib config pkgs;
    name = "linode-image";
    inherit (config.image) baseName;
    partitionTableType = "none";
    postVM = ''
      echo "$(sectorsToBytes 8) $(sectorsToKilobytes 8) $(debugfs -R 'stat /boot/grub2' $diskImage 2>&1 | grep 'link dest')" > $out/facts
      for tool in rsync parted sgdisk partx mkfs.ext4; do type -p $tool; done > $out/tools
      gzip -1 $diskImage
    '';
  };
}
