# chrony, which keeps the clock right.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkIf mkOption optionalString types;
  cfg = config.services.chrony;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  checkedEtc = import ../../../lib/checked-etc.nix { inherit lib; };
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };

  at = name: {
    option = "services.chrony.${name}";
    file = "chrony.conf";
  };
  directory = text.word (at "directory") cfg.directory;
  server =
    name:
    "server ${text.uncommentedWord (at "servers") name} ${cfg.serverOption}${optionalString cfg.enableNTS " nts"}\n";
  content =
    lib.concatMapStrings server cfg.servers
    + optionalString (cfg.initstepslew.enabled && cfg.servers != [ ]) (
      "initstepslew ${toString cfg.initstepslew.threshold} ${toString cfg.servers}\n"
    )
    + optionalString
      cfg.makestep.enable
      "makestep ${toString cfg.makestep.threshold} ${toString cfg.makestep.limit}\n"
    + "driftfile ${directory}/chrony.drift\nkeyfile ${directory}/chrony.keys\n"
    + optionalString cfg.enableNTS "ntsdumpdir ${directory}\n"
    + (
      if cfg.enableRTCTrimming then
        "rtcfile ${directory}/chrony.rtc\n"
        + optionalString
          (cfg.autotrimThreshold != null)
          "rtcautotrim ${toString cfg.autotrimThreshold}\n"
      else
        "rtcsync\n"
    )
    + cfg.extraConfig;
  file = checkedEtc content (
    checkedFile {
      name = "chrony.conf";
      text = content;
      packages = [ cfg.package ];
      option = "services.chrony";
      check = ''chronyd -p -f "$file" > /dev/null'';
    }
  );
in
{
  options.services.chrony = {
    enable =
      lib.mkEnableOption "chrony, which keeps the clock right, in place of systemd-timesyncd";
    package = lib.mkPackageOption pkgs "chrony" { };
    servers = mkOption {
      type = types.listOf types.str;
      default = config.networking.timeServers;
      defaultText = lib.literalExpression "config.networking.timeServers";
      description = "The servers that give the time.";
    };
    serverOption = mkOption {
      type = types.enum [ "iburst" "offline" ];
      default = "iburst";
      description =
        "How servers are asked: at once and several times at the start, or not before `chronyc online`.";
    };
    enableMemoryLocking = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the daemon stays in memory.";
    };
    enableRTCTrimming = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether the drift of the hardware's clock is measured, and corrected. Otherwise the kernel sets it.";
    };
    autotrimThreshold = mkOption {
      type = types.nullOr types.ints.positive;
      default = 30;
      description = "From how many seconds on the hardware's clock is corrected; null for never.";
    };
    enableNTS = lib.mkEnableOption "encrypted time (NTS), which the servers must know";
    makestep = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether a clock that is far off is set at once.";
      };
      threshold = mkOption {
        type = types.either types.float types.int;
        default = 0.1;
        description = "From how many seconds on.";
      };
      limit = mkOption {
        type = types.int;
        default = 3;
        description = "In how many of the first measurements; a negative number is for all.";
      };
    };
    initstepslew = {
      enabled = mkOption {
        type = types.bool;
        default = false;
        description =
          "Whether the clock is set once before the daemon goes on. `makestep` is better.";
      };
      threshold = mkOption {
        type = types.either types.float types.int;
        default = 1000;
        description = "From how many seconds on it is set at once.";
      };
    };
    directory = mkOption {
      type = types.str;
      default = "/var/lib/chrony";
      description = "The folder of its state.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines to append to chrony.conf(5).";
    };
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-s" ];
      description = "Further arguments of chronyd.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.etc."chrony.conf" = file;
    services.timesyncd.enable = lib.mkForce false;
    users.groups.chrony = { };
    users.users.chrony = {
      description = "chrony";
      isSystemUser = true;
      group = "chrony";
      home = cfg.directory;
    };
    systemd.tmpfiles.rules = [
      "d ${directory} 0750 chrony chrony -"
      "f ${directory}/chrony.keys 0640 chrony chrony -"
    ];
    systemd.services.chronyd = {
      description = "chrony, which keeps the clock right";
      aliases = [ "chrony.service" ];
      wantedBy = [ "multi-user.target" ];
      wants = [ "time-sync.target" ];
      before = [ "time-sync.target" ];
      after = [ "network.target" "nss-lookup.target" ];
      conflicts = [ "systemd-timesyncd.service" ];
      restartTriggers = [ content ];
      unitConfig.ConditionCapability = "CAP_SYS_TIME";
      serviceConfig = {
        ExecStart =
          "${cfg.package}/bin/chronyd -n -u chrony -f /etc/chrony.conf"
          + optionalString cfg.enableMemoryLocking " -m"
          + optionalString
            (cfg.extraFlags != [ ])
            " ${utils.escapeSystemdExecWords cfg.extraFlags}";
        ProtectHome = true;
        ProtectSystem = "full";
        PrivateTmp = true;
      };
    };
  };
}
