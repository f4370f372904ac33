# An image for DigitalOcean, which takes a compressed qcow2 from a URL.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  imports = [
    ../image/file-options.nix
    ./digital-ocean-config.nix
    ./disk-size-option.nix
    (lib.mkRenamedOptionModule
      [ "virtualisation" "digitalOceanImage" "diskSize" ]
      [ "virtualisation" "diskSize" ]
    )
  ];

  config = lib.mkMerge [
    (import ../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "digitalOceanImage";
      format = "qcow2-compressed";
    })
    {
      system.nixos.tags = [ "digital-ocean" ];
    }
  ];
}
