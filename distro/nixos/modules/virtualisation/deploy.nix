# Where `bootflake deploy` brings the machine, and when it counts as well there (docs/remote.md). Nothing of it is in the image: it is part
# of the machine's description (lib/machine-description.nix), beside memory, cores, disk and ports, which are `virtualisation.*`.
{ lib, ... }:

let
  inherit (lib) mkOption types;
in
{
  options.bootflake.deploy = {
    host = mkOption {
      type = types.nullOr (types.strMatching "ssh://[^[:space:]]+" // {
        description = "address of a host, as ssh://user@host:port";
      });
      default = null;
      example = "ssh://me@server";
      description =
        "The host that runs the machine, reached by the ssh of the user who deploys. It needs sshd and qemu alone. "
        + "{command}`bootflake deploy --all` deploys the configurations that have one.";
    };
    name = mkOption {
      type = types.nullOr (types.strMatching "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
      default = null;
      example = "web";
      description =
        "The name of the machine there. The default is the configuration's name in the flake.";
    };
    timeout = mkOption {
      type = types.ints.between 1 86400;
      default = 300;
      description =
        "Seconds that a guest may take to shut down, and seconds until the new system is well; one that is not is taken back by the host.";
    };
    check = mkOption {
      type = types.lines;
      default = "";
      example = "systemctl is-active nginx";
      description =
        "A script of sh that has to succeed in the guest, as root, before the machine counts as well. Unlike "
        + "{option}`bootflake.health.command` it is no part of the image.";
    };
    url = mkOption {
      type = types.nullOr (types.strMatching "https?://[^[:space:]]+");
      default = null;
      example = "http://127.0.0.1:8080/";
      description =
        "An address that has to reply to the machine's host (by its curl) before the machine counts as well.";
    };
    autostart = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether the machine starts with its host, from when it is made: by the user's systemd there, else by cron.";
    };
  };
}
