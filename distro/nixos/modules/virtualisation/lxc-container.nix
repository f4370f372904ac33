# A container of LXC, LXD or Incus: its root as an archive. lxc-image-metadata.nix makes the description beside it.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.lxc;
in
{
  imports = [
    ../image/file-options.nix
    ./lxc-instance-common.nix
    ./lxc-metadata-files.nix
  ];

  options.virtualisation.lxc.privilegedContainer = mkOption {
    type = types.bool;
    default = false;
    description = "Whether the container is privileged: root in it is root of the host.";
  };

  config = {
    system.nixos.tags = lib.mkDefault [ "lxc" ];
    image.extension = "tar.zst";
    image.filePath = "tarball/${config.image.fileName}";
    system.build.image = lib.mkOverride 99 config.system.build.tarball;
    system.build.tarball = import ../../lib/make-container-tarball.nix {
      inherit config lib pkgs;
    } { compression = "zstd"; };

    # What systemd cannot do with its services in a container that has no rights on the host, as distrobuilder of LXC sets it.
    systemd.packages = [
      (pkgs.writeTextFile {
        name = "systemd-lxc-service-overrides";
        destination = "/etc/systemd/system/service.d/zzz-lxc-service.conf";
        text =
          ''
            [Service]
            ProcSubset=all
            ProtectProc=default
            ProtectControlGroups=no
            ProtectKernelTunables=no
            NoNewPrivileges=no
            LoadCredential=
            ImportCredential=
          ''
          + lib.optionalString cfg.privilegedContainer ''
            ProtectHome=no
            ProtectSystem=no
            PrivateDevices=no
            PrivateTmp=no
            ProtectKernelLogs=no
            ProtectKernelModules=no
            ReadWritePaths=
          '';
      })
    ];
  };
}
