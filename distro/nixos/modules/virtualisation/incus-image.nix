# A container of Incus or LXD as one file, `incus image import FILE': its root and its description.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  imports = [ ./lxc-container.nix ];

  config = {
    system.nixos.tags = [ "incus" ];
    system.build.image = lib.mkForce (
      import ../../lib/make-container-tarball.nix { inherit config lib pkgs; } {
        compression = "zstd";
        folder = "rootfs";
        beside = config.system.build.metadataFiles;
      }
    );
  };
}
