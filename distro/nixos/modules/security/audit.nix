# The kernel's audit: rules of what it records, and the daemon that keeps the records.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.security.audit;
  daemon = config.security.auditd;
  inherit (import ../../lib/formats { inherit lib; }) text;

  enabled = cfg.enable != false;
  at = {
    option = "security.audit.rules";
    file = "the audit rules";
  };
  failure = {
    silent = 0;
    printk = 1;
    panic = 2;
  };
  rules = pkgs.writeText "audit.rules" (
    lib.concatMapStrings (line: "${text.wholeLine at line}\n") (
      [
        "-D"
        "-b ${toString cfg.backlogLimit}"
        "-f ${toString failure.${cfg.failureMode}}"
        "-r ${toString cfg.rateLimit}"
      ]
      ++ cfg.rules
      # 2: no change until the next start.
      ++ [ "-e ${if cfg.enable == "lock" then "2" else "1"}" ]
    )
  );

  settingType = types.attrsOf (types.oneOf [ types.str types.int types.bool ]);
  setting =
    name: v:
    let
      here = {
        option = "security.auditd.settings.${name}";
        file = "/etc/audit/auditd.conf";
      };
    in
    "${text.variableName here name} = ${text.line here (if builtins.isBool v then (if v then "yes" else "no") else toString v)}\n";
in
{
  options.security = {
    audit = {
      enable = mkOption {
        type = types.enum [ false true "lock" ];
        default = false;
        description =
          "Whether the kernel records what the rules say. With `lock` that cannot be changed until the next start.";
      };
      failureMode = mkOption {
        type = types.enum [ "silent" "printk" "panic" ];
        default = "printk";
        description = "What happens when a record cannot be kept.";
      };
      backlogLimit = mkOption {
        type = types.ints.unsigned;
        default = 1024;
        description = "How many records may wait.";
      };
      rateLimit = mkOption {
        type = types.ints.unsigned;
        default = 0;
        description = "How many records there may be in a second. 0 means any number.";
      };
      rules = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "-a exit,always -F arch=b64 -S execve" ];
        description = "The rules in their order, each a line as in auditctl(8).";
      };
    };
    auditd = {
      enable = lib.mkEnableOption "the daemon that keeps the kernel's records in /var/log/audit";
      settings = mkOption {
        type = settingType;
        default = { };
        example = { max_log_file = 8; };
        description = "Settings of /etc/audit/auditd.conf, as in auditd.conf(5).";
      };
    };
  };

  config = lib.mkMerge [
    (mkIf (enabled || daemon.enable) {
      boot.kernelParams = [ "audit=1" ];
      environment.systemPackages = [ pkgs.audit ];
    })
    (mkIf enabled {
      systemd.services.audit-rules = {
        description = "Rules of the kernel's audit";
        wantedBy = [ "sysinit.target" ];
        before = [ "sysinit.target" "shutdown.target" ];
        after = [ "local-fs.target" ];
        conflicts = [ "shutdown.target" ];
        unitConfig = {
          DefaultDependencies = false;
          ConditionVirtualization = "!container";
          ConditionSecurity = [ "audit" ];
          ConditionKernelCommandLine = [ "!audit=0" "!audit=off" ];
        };
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = "/usr/sbin/auditctl -R ${rules}";
        };
      };
    })
    (mkIf daemon.enable {
      security.auditd.settings = lib.mapAttrs (_: lib.mkDefault) {
        local_events = true;
        write_logs = true;
        log_file = "/var/log/audit/audit.log";
        log_group = "adm";
        log_format = "ENRICHED";
        flush = "INCREMENTAL_ASYNC";
        freq = 50;
        max_log_file = 8;
        num_logs = 5;
        max_log_file_action = "ROTATE";
        space_left = 75;
        space_left_action = "SYSLOG";
        admin_space_left = 50;
        admin_space_left_action = "SUSPEND";
        disk_full_action = "SUSPEND";
        disk_error_action = "SUSPEND";
      };
      environment.etc."audit/auditd.conf" = {
        text = lib.concatStrings (lib.mapAttrsToList setting daemon.settings);
        mode = "0640";
      };
      systemd.services.auditd = {
        description = "Security Audit Logging Service";
        wantedBy = [ "multi-user.target" ];
        before = [ "shutdown.target" ];
        after = [ "local-fs.target" "systemd-tmpfiles-setup.service" ];
        conflicts = [ "shutdown.target" ];
        unitConfig = {
          DefaultDependencies = false;
          RefuseManualStop = true;
          ConditionVirtualization = "!container";
          ConditionSecurity = [ "audit" ];
          ConditionKernelCommandLine = [ "!audit=0" "!audit=off" ];
        };
        serviceConfig = {
          Type = "forking";
          PIDFile = "/run/auditd.pid";
          LogsDirectory = "audit";
          LogsDirectoryMode = "0700";
          ExecStart = "/usr/sbin/auditd";
          Restart = "on-failure";
          RestartPreventExitStatus = "2 4 6";
        };
      };
    })
  ];
}
