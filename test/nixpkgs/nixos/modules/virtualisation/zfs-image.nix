{ config, lib, pkgs, ... }: {
  imports = [ ../image/file-options.nix ];
  image.extension = "qcow2";
  system.build.image = import ../../lib/make-single-disk-zfs-image.nix {
    inherit lib config pkgs;
    datasets."tank/system/root".mount = "/";
  };
}
