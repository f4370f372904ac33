# earlyoom: ends the largest process before memory runs out.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.earlyoom;
  percent = types.ints.between 1 100;
  threshold =
    what:
    mkOption {
      type = percent;
      default = 10;
      description =
        "Below how many per cent of ${what} (and of the other one) a process is asked to end.";
    };
  killThreshold =
    what:
    mkOption {
      type = types.nullOr percent;
      default = null;
      description =
        "Below how many per cent of ${what} a process is killed: half of the other threshold if it is not set.";
    };
  pair = free: kill: toString free + lib.optionalString (kill != null) ",${toString kill}";
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "services" "earlyoom" "useKernelOOMKiller" ] (
      "earlyoom has no such mode any more."
    ))
    (lib.mkRemovedOptionModule [ "services" "earlyoom" "ignoreOOMScoreAdjust" ] (
      "earlyoom has no such mode any more."
    ))
    (lib.mkRemovedOptionModule [ "services" "earlyoom" "notificationsCommand" ] (
      "Use services.earlyoom.enableNotifications, or services.earlyoom.killHook."
    ))
  ];

  options.services.earlyoom = {
    enable = lib.mkEnableOption "earlyoom, which ends the largest process before memory runs out";
    package = lib.mkPackageOption pkgs "earlyoom" { };
    freeMemThreshold = threshold "free memory";
    freeMemKillThreshold = killThreshold "free memory";
    freeSwapThreshold = threshold "free swap";
    freeSwapKillThreshold = killThreshold "free swap";
    enableDebugInfo = mkOption {
      type = types.bool;
      default = false;
      description = "Whether it logs what it sees.";
    };
    enableNotifications = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether a message on the system's bus says which process it has ended. Any user can send such messages, too.";
    };
    killHook = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "A program that is run after each process that it has ended.";
    };
    reportInterval = mkOption {
      type = types.ints.unsigned;
      default = 3600;
      description = "How often it logs the free memory, in seconds; 0 is never.";
    };
    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-g" "--prefer" "(^|/)(java|chromium)$" ];
      description = "Further arguments.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    systemd.services.earlyoom = {
      description = "Free memory";
      documentation = [ "man:earlyoom(1)" ];
      wantedBy = [ "multi-user.target" ];
      path = lib.optional cfg.enableNotifications pkgs.dbus;
      serviceConfig = {
        ExecStart = utils.escapeSystemdExecArgs (
          [
            "${cfg.package}/bin/earlyoom"
            "-m"
            (pair cfg.freeMemThreshold cfg.freeMemKillThreshold)
            "-s"
            (pair cfg.freeSwapThreshold cfg.freeSwapKillThreshold)
            "-r"
            (toString cfg.reportInterval)
          ]
          ++ lib.optional cfg.enableDebugInfo "-d"
          ++ lib.optional cfg.enableNotifications "-n"
          ++ lib.optionals (cfg.killHook != null) [ "-N" cfg.killHook ]
          ++ cfg.extraArgs
        );
        AmbientCapabilities = [ "CAP_KILL" "CAP_IPC_LOCK" ];
        DynamicUser = true;
        MemoryMax = "50M";
        ProtectHome = true;
        ProtectSystem = "strict";
        Restart = "always";
        TasksMax = 10;
      };
    };
  };
}
