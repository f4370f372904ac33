# An image that commands pack: a sparse disk.raw in an archive.
{ config, lib, pkgs, ... }: {
  imports = [ ../image/file-options.nix ];
  boot.loader.grub.device = "/dev/sda";
  image.extension = "raw.tar.gz";
  system.build.image = import ../../lib/make-disk-image.nix {
    inherit lib config pkgs;
    name = "google-compute-image";
    inherit (config.image) baseName;
    diskSize = 1536;
    postVM = ''
      PATH=$PATH:${lib.makeBinPath [ pkgs.gnutar pkgs.gzip ]}
      pushd $out
      mv $diskImage disk.raw
      tar -Sc disk.raw | gzip -1 > ${config.image.fileName}
      rm $out/disk.raw
      popd
    '';
  };
}
