# A template of a container for Proxmox.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.proxmoxLXC;
  inherit (import ../../lib/option-makers.nix { inherit lib; }) flag;
in
{
  imports = [ ../image/file-options.nix ];

  options.proxmoxLXC = {
    enable = flag true "Whether the system is a container of Proxmox.";
    privileged = flag false "Whether the container is privileged: root in it is root of the host.";
    manageNetwork =
      flag false "Whether the configuration describes the network; otherwise Proxmox does.";
    manageHostName =
      flag false "Whether the configuration has the host's name; otherwise Proxmox does.";
  };

  config = mkIf cfg.enable {
    boot.isContainerImage = true;
    system.nixos.tags = [ "proxmox" "lxc" ];
    image.extension = "tar.zst";
    image.filePath = "tarball/${config.image.fileName}";
    system.build.image = lib.mkOverride 99 config.system.build.tarball;
    system.build.tarball = import ../../lib/make-container-tarball.nix {
      inherit config lib pkgs;
    } { compression = "zstd"; };

    # Proxmox writes the files of networkd, resolv.conf and the name.
    networking = {
      useDHCP = mkIf (!cfg.manageNetwork) false;
      useNetworkd = mkIf (!cfg.manageNetwork) true;
      hostName = mkIf (!cfg.manageHostName) (lib.mkForce "");
    };
    services.resolved.enable = lib.mkOverride 890 false;
    systemd.network.wait-online.enable = lib.mkOverride 900 false;
    services.openssh = {
      enable = lib.mkDefault true;
      startWhenNeeded = lib.mkDefault true;
    };
    systemd.mounts = mkIf (!cfg.privileged) [
      {
        where = "/sys/kernel/debug";
        enable = false;
      }
    ];
  };
}
