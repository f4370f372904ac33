# An image that commands convert: a VHD of fixed size.
{ config, lib, pkgs, ... }: {
  imports = [ ../image/file-options.nix ];
  boot.loader.grub.device = "/dev/sda";
  image.extension = "vhd";
  system.build.image = import ../../lib/make-disk-image.nix {
    inherit lib config pkgs;
    name = "azure-image";
    inherit (config.image) baseName;
    format = "raw";
    reproducible = true;
    postVM = ''
      ${pkgs.qemu-utils}/bin/qemu-img convert -f raw -o subformat=fixed,force_size -O vpc $diskImage $out/${config.image.fileName}
      normaliseVhdFooter $out/${config.image.fileName}
      rm $diskImage
    '';
  };
}
