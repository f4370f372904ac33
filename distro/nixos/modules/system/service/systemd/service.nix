# A modular service as units of systemd.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  escape = import ../../../../lib/systemd-escape.nix { inherit lib; };

  units = mkOption {
    type = types.lazyAttrsOf types.deferredModule;
    default = { };
    description =
      "Modules of units. Their names come behind the service's own and a `-`; the name \"\" is the unit of the service's name.";
  };
in
{
  _class = "service";

  imports = [
    (lib.mkAliasOptionModule [ "systemd" "service" ] [ "systemd" "services" "" ])
    (lib.mkAliasOptionModule [ "systemd" "socket" ] [ "systemd" "sockets" "" ])
  ];

  options = {
    systemd.lib = mkOption {
      type = types.lazyAttrsOf types.raw;
      readOnly = true;
      default = { inherit (escape) escapeSystemdExecArgs; };
      description =
        "Functions for units: `escapeSystemdExecArgs` returns a list of arguments as part of an ExecStart= line.";
    };
    systemd.mainExecStart = mkOption {
      type = types.str;
      default = config.systemd.lib.escapeSystemdExecArgs config.process.argv;
      defaultText =
        lib.literalExpression "config.systemd.lib.escapeSystemdExecArgs config.process.argv";
      example =
        lib.literalExpression
          ''config.systemd.lib.escapeSystemdExecArgs config.process.argv + " --unit %n"'';
      description =
        "The ExecStart= line of the service, in which systemd expands specifiers and variables.";
    };
    systemd.services = units;
    systemd.sockets = units;
    services = mkOption {
      type = types.attrsOf (
        types.submoduleWith {
          class = "service";
          modules = [ ./service.nix ];
        }
      );
    };
  };

  config.systemd.services."" = {
    wantedBy = lib.mkDefault [ "multi-user.target" ];
    serviceConfig = {
      Type = lib.mkDefault (
        if builtins.elem "systemd" config.notificationProtocol then "notify" else "simple"
      );
      Restart = lib.mkDefault "always";
      RestartSec = lib.mkDefault "5";
      ExecStart = [ config.systemd.mainExecStart ];
    };
  };
}
