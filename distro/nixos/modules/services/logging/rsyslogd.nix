# rsyslog: messages in files, and to and from other machines.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.rsyslogd;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };

  configuration = checkedFile {
    name = "rsyslog.conf";
    option = "services.rsyslogd.defaultConfig and services.rsyslogd.extraConfig";
    source = pkgs.writeText "rsyslog.conf" ''
      $ModLoad imuxsock
      $SystemLogSocketName /run/systemd/journal/syslog
      $WorkDirectory /var/spool/rsyslog
      ${cfg.defaultConfig}
      ${cfg.extraConfig}
    '';
    packages = [ pkgs.rsyslog ];
    # Its folder of work is the machine's.
    check = ''
      mkdir checked && sed "s|/var/spool/rsyslog|$PWD|" "$file" > "checked/$name" && rsyslogd -N1 -f "$PWD/checked/$name"'';
  };
in
{
  options.services.rsyslogd = {
    enable = lib.mkEnableOption "rsyslog, to which journald forwards messages";
    defaultConfig = mkOption {
      type = types.lines;
      default = ''
        # Warnings are shown at tty10, mail has a file, and all others have another.
        *.warning;*.err;local7.none  -/var/log/warn
        *.=warning;*.=err            /dev/tty10
        mail.*                       -/var/log/mail
        *.*;mail.none;local1.none    -/var/log/messages
      '';
      description = "Which messages go where, as in rsyslog.conf(5).";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "news.* -/var/log/news";
      description = "What is added to that.";
    };
    extraParams = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-m 0" ];
      description = "Further arguments.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ pkgs.rsyslog ];
    services.journald.forwardToSyslog = lib.mkDefault true;
    systemd.services.syslog = {
      description = "Messages in files";
      wantedBy = [ "multi-user.target" ];
      aliases = [ "rsyslog.service" ];
      requires = [ "syslog.socket" ];
      serviceConfig = {
        Type = "notify";
        ExecStart = "/usr/sbin/rsyslogd -n -iNONE -f ${configuration} ${utils.escapeSystemdExecWords cfg.extraParams}";
        Sockets = "syslog.socket";
        StandardOutput = "null";
        Restart = "on-failure";
        LimitNOFILE = 16384;
        ReadWritePaths = "/var/log";
      };
    };
    systemd.tmpfiles.rules = [ "d /var/spool/rsyslog 0700 root root - -" ];
  };
}
