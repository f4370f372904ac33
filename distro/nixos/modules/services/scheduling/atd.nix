# atd, which runs commands once, at a later time.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.services.atd;
  # `at` runs as the owner of its directories.
  mode = if cfg.allowEveryone then "1777" else "1770";
in
{
  options.services.atd = {
    enable =
      lib.mkEnableOption "atd, which runs the commands that `at` and `batch` have been given";
    allowEveryone = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description =
        "Whether everyone may write to the directories of the jobs. Not needed for `at` itself, which runs as their owner.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ pkgs.at ];
    security.pam.services.atd = { };
    systemd.services.atd.wantedBy = [ "multi-user.target" ];
    systemd.tmpfiles.rules = [
      "d /var/spool/cron/atjobs ${mode} daemon daemon"
      "d /var/spool/cron/atspool ${mode} daemon daemon"
      "f /var/spool/cron/atjobs/.SEQ 0600 daemon daemon"
    ];
  };
}
