# journald and logind.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  unitOption = (import ../../../lib/systemd-unit-options.nix { inherit lib; }).unitOption;
  inherit (import ../../../lib/formats { inherit lib; }) systemd;

  # A section of a service's file: lines for its own options, [ { option, key, value } ], then its free settings, which take precedence.
  section =
    service: file: title: own: settings: extraConfig:
    let
      at = option: {
        inherit file;
        option = "services.${service}.${option}";
      };
    in
    "[${title}]\n"
    + lib.concatMapStrings (
      {
        option,
        key,
        value,
      }:
      systemd.setting (at option) key value
    ) own
    + systemd.attrsToSection (at "settings.${title}") settings
    + extraConfig;
  journald = config.services.journald;
  logind = config.services.logind;

  action =
    default: description:
    mkOption {
      type = types.enum [
        "ignore"
        "poweroff"
        "reboot"
        "halt"
        "kexec"
        "suspend"
        "hibernate"
        "hybrid-sleep"
        "suspend-then-hibernate"
        "lock"
      ];
      inherit default description;
    };
in
{
  options.services.journald = {
    storage = mkOption {
      type = types.enum [ "persistent" "volatile" "auto" "none" ];
      default = "persistent";
      description =
        "Where the journal is stored: on disk (`persistent`), in memory (`volatile`), on disk only if /var/log/journal "
        + "exists (`auto`), or nowhere (`none`).";
    };
    rateLimitInterval = mkOption {
      type = types.str;
      default = "30s";
      description = "The interval in which a service's messages are counted for `rateLimitBurst`.";
    };
    rateLimitBurst = mkOption {
      type = types.int;
      default = 10000;
      description =
        "How many messages a service may log within `rateLimitInterval`; further ones are dropped. 0 sets no limit.";
    };
    console = mkOption {
      type = types.str;
      default = "";
      example = "/dev/tty12";
      description = "A terminal on which all messages are shown. If empty, none.";
    };
    forwardToSyslog = mkOption {
      type = types.bool;
      default = false;
      description = "Whether messages are forwarded to a syslog daemon.";
    };
    audit = mkOption {
      type = types.nullOr types.bool;
      default = null;
      description =
        "Whether journald turns the kernel's auditing on or off at its start. null leaves it as it is.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "SystemMaxUse=1G";
      description =
        "Lines to append to the [Journal] section of journald.conf, as in journald.conf(5).";
    };
    settings.Journal = mkOption {
      type = types.attrsOf unitOption;
      default = { };
      example = { SystemMaxUse = "1G"; };
      description = "Settings of the [Journal] section of journald.conf, as in journald.conf(5).";
    };
  };

  options.services.logind = {
    powerKey = action "poweroff" "What happens when the power button is pressed.";
    lidSwitch = action "suspend" "What happens when the lid is closed.";
    lidSwitchExternalPower =
      action
        config.services.logind.lidSwitch
        "What happens when the lid is closed while the machine is on external power."
      // { defaultText = lib.literalExpression "config.services.logind.lidSwitch"; };
    killUserProcesses = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether all processes of a user are killed when the user logs out of the last session.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "IdleAction=lock";
      description = "Lines to append to the [Login] section of logind.conf, as in logind.conf(5).";
    };
    settings.Login = mkOption {
      type = types.attrsOf unitOption;
      default = { };
      example = { IdleAction = "lock"; };
      description = "Settings of the [Login] section of logind.conf, as in logind.conf(5).";
    };
  };

  config = {
    environment.etc."systemd/journald.conf".text =
      section
        "journald"
        "journald.conf"
        "Journal"
        (
          [
            {
              option = "storage";
              key = "Storage";
              value = journald.storage;
            }
            {
              option = "rateLimitInterval";
              key = "RateLimitInterval";
              value = journald.rateLimitInterval;
            }
            {
              option = "rateLimitBurst";
              key = "RateLimitBurst";
              value = journald.rateLimitBurst;
            }
            {
              option = "forwardToSyslog";
              key = "ForwardToSyslog";
              value = journald.forwardToSyslog;
            }
            # Empty leaves the kernel as it is.
            {
              option = "audit";
              key = "Audit";
              value = if journald.audit == null then "" else journald.audit;
            }
          ]
          ++ lib.optionals (journald.console != "") [
            {
              option = "console";
              key = "ForwardToConsole";
              value = true;
            }
            {
              option = "console";
              key = "TTYPath";
              value = journald.console;
            }
          ]
        )
        journald.settings.Journal
        journald.extraConfig;

    environment.etc."systemd/logind.conf".text = section "logind" "logind.conf" "Login" [
      {
        option = "powerKey";
        key = "HandlePowerKey";
        value = logind.powerKey;
      }
      {
        option = "lidSwitch";
        key = "HandleLidSwitch";
        value = logind.lidSwitch;
      }
      {
        option = "lidSwitchExternalPower";
        key = "HandleLidSwitchExternalPower";
        value = logind.lidSwitchExternalPower;
      }
      {
        option = "killUserProcesses";
        key = "KillUserProcesses";
        value = logind.killUserProcesses;
      }
    ] logind.settings.Login logind.extraConfig;

    # Debian's systemd lets the groups adm and systemd-journal read all messages; as on NixOS, wheel may, too. The directory is created
    # here, so that the files that journald creates in it inherit these permissions.
    systemd.tmpfiles.rules =
      [
        "a+ /run/log/journal - - - - d:group::r-x,d:group:wheel:r-x,group::r-x,group:wheel:r-x"
        "A+ /run/log/journal/%m - - - - d:group:wheel:r-x,group:wheel:r-X"
      ]
      ++ lib.optional
        (journald.storage == "persistent")
        "d /var/log/journal 2755 root systemd-journal - -"
      ++ lib.optionals (journald.storage != "volatile" && journald.storage != "none") [
        "a+ /var/log/journal - - - - d:group::r-x,d:group:wheel:r-x,group::r-x,group:wheel:r-x"
        "a+ /var/log/journal/%m - - - - d:group:wheel:r-x,group:wheel:r-x"
        "a+ /var/log/journal/%m/system.journal - - - - group:wheel:r--"
      ];

    # Without systemd-coredump, which is a package of its own, Debian's kernels would write `core` files into working directories.
    boot.kernel.sysctl."kernel.core_pattern" = lib.mkIf (!config.systemd.coredump.enable) (
      lib.mkDefault "core"
    );
  };
}
