# A system for docker and podman: its root as an archive, `docker import FILE NAME', or an image with layers, `podman load -i FILE'.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  imports = [ ./hosted-container.nix ];

  config = {
    services.journald.console = lib.mkDefault "/dev/console";

    system.nixos.tags = lib.mkDefault [ "docker" ];
    image.extension = lib.mkDefault "tar.gz";
    image.filePath = lib.mkDefault "tarball/${config.image.fileName}";
    system.build.image = lib.mkDefault config.system.build.tarball;
    system.build.tarball = import ../../lib/make-container-tarball.nix {
      inherit config lib pkgs;
    } { compression = "gzip"; };
  };
}
