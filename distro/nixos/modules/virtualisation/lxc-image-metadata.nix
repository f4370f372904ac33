# The description of a container's image, which LXD and Incus take beside its root.
{ config, ... }:

{
  imports = [
    ../image/file-options.nix
    ./lxc-metadata-files.nix
  ];

  config = {
    system.nixos.tags = [ "lxc" "metadata" ];
    image.extension = "tar.zst";
    image.filePath = "tarball/${config.image.fileName}";
    system.build.image = config.system.build.metadata;
  };
}
