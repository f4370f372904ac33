# polkit authorises users for actions of system services, here mainly for powering off from the console.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.security.polkit;
in
{
  options.security.polkit = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether polkit, which authorises users for actions of system services, is installed. It starts on first use, not at boot.";
    };
    package = lib.mkPackageOption pkgs.debianPackages "polkitd" {
      pkgsText = "pkgs.debianPackages";
    };
    debug = mkOption {
      type = types.bool;
      default = false;
      description = "Whether polkit logs debug messages to the journal.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = ''
        polkit.addRule(function(action, subject) {
          if (subject.isInGroup("wheel")) return polkit.Result.YES;
        });
      '';
      description = "Additional rules in JavaScript, as in polkit(8).";
    };
    adminIdentities = mkOption {
      type = types.listOf types.str;
      default = [ "unix-group:wheel" ];
      example = [ "unix-user:alice" "unix-group:admin" ];
      description =
        "Users and groups that count as administrators: their passwords are accepted where an administrator must authenticate.";
    };
    powerOffByWheel = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether members of `wheel` may power off and reboot the machine from any active session without a password. "
        + "Otherwise only local sessions may: logind counts serial consoles as remote.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];

    # Debian's unit turns the log off.
    systemd.services.polkit = lib.mkIf cfg.debug {
      overrideStrategy = "asDropin";
      serviceConfig.ExecStart = [ "" "/usr/lib/polkit-1/polkitd" ];
    };

    users.users.polkitd = {
      isSystemUser = true;
      group = "polkitd";
      home = "/nonexistent";
      description = "User for polkitd";
    };
    users.groups.polkitd = { };

    environment.etc."polkit-1/rules.d/10-nixos.rules".text = ''
      polkit.addAdminRule(function(action, subject) {
        return [${lib.concatMapStringsSep ", " builtins.toJSON cfg.adminIdentities}];
      });
      ${
        lib.optionalString cfg.powerOffByWheel ''
          polkit.addRule(function(action, subject) {
            if (/^org\.freedesktop\.login1\.(power-off|reboot|halt)(-multiple-sessions)?$/.test(action.id)
                && subject.active && subject.isInGroup("wheel")) {
              return polkit.Result.YES;
            }
          });
        ''
      }
      ${cfg.extraConfig}
    '';
  };
}
