# acpid: commands for buttons, the lid and the power supply.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.acpid;
  inherit (import ../../../lib/formats { inherit lib; }) text;

  commands =
    what: default:
    mkOption {
      type = types.lines;
      inherit default;
      description = "Shell commands that run ${what}. The event's words are $1 and those after it.";
    };

  handlers =
    lib.optionalAttrs (cfg.powerEventCommands != "") {
      powerEvent = {
        event = "button/power.*";
        action = cfg.powerEventCommands;
      };
    }
    // lib.optionalAttrs (cfg.lidEventCommands != "") {
      lidEvent = {
        event = "button/lid.*";
        action = cfg.lidEventCommands;
      };
    }
    // lib.optionalAttrs (cfg.acEventCommands != "") {
      acEvent = {
        event = "ac_adapter.*";
        action = cfg.acEventCommands;
      };
    }
    // cfg.handlers;
  at = name: option: {
    option = lib.showOption [ "services" "acpid" "handlers" name option ];
    file = "a file of acpid";
  };
  folder = pkgs.linkFarm "acpid-events" (
    lib.mapAttrsToList (name: handler: {
      name = text.fileName (at name "event") name;
      path = pkgs.writeText "acpid-event" ''
        event=${text.line (at name "event") handler.event}
        action=${pkgs.writeShellScript "acpid-action" handler.action} '%e'
      '';
    }) handlers
  );
in
{
  options.services.acpid = {
    enable =
      lib.mkEnableOption "acpid, which runs commands for buttons, the lid and the power supply";
    logEvents = mkOption {
      type = types.bool;
      default = false;
      description = "Whether events are logged.";
    };
    handlers = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            event = mkOption {
              type = types.str;
              example = "button/volumeup.*";
              description = "A regular expression that the event matches.";
            };
            action = mkOption {
              type = types.lines;
              description = "Shell commands that run then.";
            };
          };
        }
      );
      default = { };
      description = "Commands by the events that start them.";
    };
    powerEventCommands = commands "when the power button is pressed" "";
    lidEventCommands = commands "when the lid is opened or closed" "";
    acEventCommands = commands "when the power supply is plugged in or out" "";
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ pkgs.acpid ];
    systemd.services.acpid = {
      description = "Events of ACPI";
      documentation = [ "man:acpid(8)" ];
      wantedBy = [ "multi-user.target" ];
      unitConfig = {
        ConditionVirtualization = "!systemd-nspawn";
        ConditionPathExists = [ "/proc/acpi" ];
      };
      serviceConfig.ExecStart =
        "/usr/sbin/acpid --foreground --netlink --confdir ${folder}"
        + lib.optionalString cfg.logEvents " --logevents";
    };
  };
}
