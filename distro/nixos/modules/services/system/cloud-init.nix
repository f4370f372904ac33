# cloud-init: what a cloud, or a disk with files for it, says about the machine.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkDefault mkIf mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) flag;
  cfg = config.services.cloud-init;
  yaml = pkgs.formats.yaml { };
  program = "${cfg.package}/bin/cloud-init";
  stage =
    description: words: attributes:
    lib.recursiveUpdate {
      inherit description;
      wantedBy = [ "multi-user.target" ];
      path = [ pkgs.iproute2 ];
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "${program} ${words}";
        RemainAfterExit = true;
        TimeoutSec = "infinity";
        StandardOutput = "journal+console";
      };
    } attributes;
  online = {
    wants = [ "network-online.target" ];
  };
in
{
  options.services.cloud-init = {
    enable = lib.mkEnableOption "cloud-init";
    package = lib.mkPackageOption pkgs "cloud-init" { };
    btrfs.enable =
      flag
        (config.boot.supportedFilesystems.btrfs or false)
        "Whether it may grow file systems of Btrfs.";
    ext4.enable =
      flag
        (config.boot.supportedFilesystems.ext4 or true)
        "Whether it may grow file systems of ext4.";
    xfs.enable =
      flag
        (config.boot.supportedFilesystems.xfs or false)
        "Whether it may grow file systems of XFS.";
    network.enable = flag false "Whether it says how networks are configured, by systemd-networkd.";
    settings = mkOption {
      type = types.submodule { freeformType = yaml.type; };
      default = { };
      example.datasource_list = [ "NoCloud" "None" ];
      description = "Settings, as in /etc/cloud/cloud.cfg.";
    };
    config = mkOption {
      type = types.lines;
      default = "";
      description = "The text of /etc/cloud/cloud.cfg, in place of `settings`.";
    };
  };

  config = mkIf cfg.enable {
    services.cloud-init.settings = {
      system_info = mkDefault {
        distro = "debian";
        network.renderers = [ "networkd" ];
      };
      network = mkIf (!cfg.network.enable) (mkDefault { config = "disabled"; });
      users = mkDefault [ "root" ];
      disable_root = mkDefault false;
      preserve_hostname = mkDefault false;
      cloud_init_modules = mkDefault [
        "seed_random"
        "bootcmd"
        "write-files"
        "growpart"
        "resizefs"
        "set_hostname"
        "update_hostname"
        "resolv_conf"
        "ca-certs"
        "rsyslog"
        "users-groups"
      ];
      cloud_config_modules = mkDefault [
        "disk_setup"
        "mounts"
        "ssh-import-id"
        "set-passwords"
        "timezone"
        "disable-ec2-metadata"
        "runcmd"
        "ssh"
      ];
      cloud_final_modules = mkDefault [
        "scripts-vendor"
        "scripts-per-once"
        "scripts-per-boot"
        "scripts-per-instance"
        "scripts-user"
        "ssh-authkey-fingerprints"
        "keys-to-console"
        "phone-home"
        "final-message"
        "power-state-change"
      ];
    };

    environment.etc."cloud/cloud.cfg" =
      if cfg.config == "" then
        { source = yaml.generate "cloud.cfg" cfg.settings; }
      else
        { text = cfg.config; };
    # Debian's generator looks for data by itself, reads cloud.cfg only with a list a line, and would switch off what is here.
    environment.etc."systemd/system-generators/cloud-init-generator".source = "/dev/null";
    # By this `cloud-init status` knows that it is on.
    systemd.tmpfiles.settings.cloud-init."/run/cloud-init/enabled".f.mode = "0644";
    environment.systemPackages =
      [ cfg.package ]
      ++ lib.optional (cfg.btrfs.enable || cfg.ext4.enable || cfg.xfs.enable) pkgs.cloud-utils
      ++ lib.optional cfg.btrfs.enable pkgs.btrfs-progs
      ++ lib.optional cfg.ext4.enable pkgs.e2fsprogs
      ++ lib.optional cfg.xfs.enable pkgs.xfsprogs;
    systemd.network.enable = mkIf cfg.network.enable true;

    systemd.services.cloud-init-local =
      stage "What cloud-init does before there are networks" "init --local" {
        before = [ "systemd-networkd.service" ];
        after = [ "local-fs.target" ];
        # On DigitalOcean it asks over an interface that it leaves on, but without its addresses. That of IPv6, which networkd waits for,
        # is there only when the interface is turned on anew.
        postStart =
          mkIf (lib.elem "DigitalOcean" (cfg.settings.datasource_list or [ "DigitalOcean" ])) ''
            for device in /sys/class/net/*/device; do
              name=$(basename "$(dirname "$device")")
              if [ -z "$(ip -oneline address show dev "$name")" ]; then
                ip link set dev "$name" down
              fi
            done
          '';
      };
    systemd.services.cloud-init = stage "What cloud-init does with networks" "init" {
      wants = [
        "network-online.target"
        "cloud-init-local.service"
        "sshd.service"
        "sshd-keygen.service"
      ];
      after = [ "network-online.target" "cloud-init-local.service" ];
      before = [ "sshd.service" "sshd-keygen.service" ];
      requires = [ "network.target" ];
    };
    systemd.services.cloud-config =
      stage "The settings of cloud-init" "modules --mode=config" (online // {
        after = [ "network-online.target" "cloud-config.target" ];
      });
    systemd.services.cloud-final =
      stage "The last work of cloud-init" "modules --mode=final" (online // {
        after = [ "network-online.target" "cloud-config.service" ];
        requires = [ "cloud-config.target" ];
      });
    systemd.targets.cloud-config = {
      description = "cloud-init knows its settings";
      requires = [ "cloud-init-local.service" "cloud-init.service" ];
    };
  };
}
