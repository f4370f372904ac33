# An image with layers for podman, docker and Kubernetes: `podman load -i FILE'.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.ociArchive;
in
{
  imports = [ ./docker-image.nix ];

  options.ociArchive = {
    name = mkOption {
      type = types.strMatching "[a-z0-9]+([._/-]+[a-z0-9]+)*";
      default = lib.toLower config.system.name;
      defaultText = lib.literalExpression "config.system.name";
      description = "The name of the image.";
    };
    tag = mkOption {
      type = types.strMatching "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}";
      default = "latest";
      description = "Its tag.";
    };
    config = mkOption {
      type = types.attrsOf types.anything;
      default = { };
      example.ExposedPorts."80/tcp" = { };
      description = "How a container of the image runs, as in the OCI's specification of images.";
    };
    maxLayers = mkOption {
      type = types.ints.between 3 125;
      default = 100;
      description = "The most layers that the image has.";
    };
  };

  config = {
    ociArchive.config = {
      # By this name podman knows that it runs systemd.
      Cmd = lib.mkDefault [ "/sbin/init" ];
      Env = lib.mkDefault [ "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" ];
      StopSignal = lib.mkDefault "SIGRTMIN+3";
    };
    system.nixos.tags = [ "oci-archive" ];
    image.extension = "tar";
    image.filePath = config.image.fileName;
    system.build.image =
      pkgs.builtinDerivation
        "oci-image"
        (import ../../lib/container-root.nix { inherit config; } // {
          name = "oci-image";
          fileName = config.image.fileName;
          imageName = cfg.name;
          inherit (cfg) config maxLayers tag;
        });
  };
}
