# A system for docker and podman: its root as an archive, `docker import FILE NAME', or an image with layers, `podman load -i FILE'.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  imports = [ ../image/file-options.nix ];

  config = {
    boot.isContainer = true;
    boot.isContainerImage = true;
    # They configure the network, and mount their files for it.
    networking.useDHCP = lib.mkDefault false;
    networking.firewall.enable = lib.mkDefault false;
    services.resolved.enable = lib.mkDefault false;
    services.timesyncd.enable = lib.mkDefault false;
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
