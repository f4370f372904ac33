# systemd-oomd: ends groups of processes before memory runs out.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.systemd.oomd;
  unitOption = (import ../../../lib/systemd-unit-options.nix { inherit lib; }).unitOption;
  inherit (import ../../../lib/formats { inherit lib; }) systemd;

  pressure = lib.genAttrs [ "ManagedOOMMemoryPressure" ] (_: lib.mkDefault "kill");
  slice =
    what:
    mkOption {
      type = types.bool;
      default = false;
      description = "Whether ${what} are watched for the pressure of memory.";
    };
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "systemd" "oomd" "enableUserServices" ]
      [ "systemd" "oomd" "enableUserSlices" ]
    )
    (lib.mkRenamedOptionModule
      [ "systemd" "oomd" "extraConfig" ]
      [ "systemd" "oomd" "settings" "OOM" ]
    )
  ];

  options.systemd.oomd = {
    enable = mkOption {
      type = types.bool;
      default = cfg.enableRootSlice || cfg.enableSystemSlice || cfg.enableUserSlices;
      defaultText = lib.literalMD "whether one of the options for slices is set";
      description =
        "Whether systemd-oomd, a package of its own in Debian, ends processes before memory runs out. NixOS has it by default.";
    };
    enableRootSlice = slice "all processes (`-.slice`)";
    enableSystemSlice = slice "services (`system.slice`)";
    enableUserSlices = slice "processes of users (`user.slice` and those below it)";
    settings.OOM = mkOption {
      type = types.attrsOf unitOption;
      default = { };
      example = { DefaultMemoryPressureDurationSec = "20s"; };
      description = "Settings of the [OOM] section, as in oomd.conf(5).";
    };
  };

  config = lib.mkIf cfg.enable {
    system.basePackages = [ "systemd-oomd" ];
    users.groups.systemd-oom = { };
    users.users.systemd-oom = {
      description = "systemd's watch on memory";
      isSystemUser = true;
      group = "systemd-oom";
    };
    systemd.services.systemd-oomd = {
      overrideStrategy = "asDropin";
      wantedBy = [ "multi-user.target" ];
      after = [ "swap.target" ];
    };
    systemd.sockets.systemd-oomd = {
      overrideStrategy = "asDropin";
      wantedBy = [ "sockets.target" ];
    };
    environment.etc."systemd/oomd.conf".text = systemd.settingsToText {
      option = "systemd.oomd.settings";
      file = "oomd.conf";
    } cfg.settings;
    systemd.slices = lib.mkMerge [
      (lib.mkIf cfg.enableRootSlice { "-".sliceConfig = pressure; })
      (lib.mkIf cfg.enableSystemSlice { system.sliceConfig = pressure; })
      (lib.mkIf cfg.enableUserSlices {
        user.sliceConfig = pressure;
        "user-".sliceConfig = pressure;
      })
    ];
    systemd.user.slices = lib.mkIf cfg.enableUserSlices {
      app.sliceConfig = pressure;
      background.sliceConfig = pressure;
      session.sliceConfig = pressure;
    };
  };
}
