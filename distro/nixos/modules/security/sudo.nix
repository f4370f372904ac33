# sudo.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.security.sudo;

  inherit (import ../../lib/formats { inherit lib; }) sudoers;

  commandOption = types.enum [
    "NOPASSWD"
    "PASSWD"
    "NOEXEC"
    "EXEC"
    "SETENV"
    "NOSETENV"
    "LOG_INPUT"
    "NOLOG_INPUT"
    "LOG_OUTPUT"
    "NOLOG_OUTPUT"
    "MAIL"
    "NOMAIL"
    "FOLLOW"
    "NOFOLLOW"
    "INTERCEPT"
    "NOINTERCEPT"
  ];

  ruleType = types.submodule {
    options = {
      users = mkOption {
        type = types.listOf (types.either types.str types.int);
        default = [ ];
        description = "Users to whom the rule applies, by name or id.";
      };
      groups = mkOption {
        type = types.listOf (types.either types.str types.int);
        default = [ ];
        description = "Groups to whose members the rule applies, by name or id.";
      };
      host = mkOption {
        type = types.str;
        default = "ALL";
        description = "The host on which the rule applies.";
      };
      runAs = mkOption {
        type = types.str;
        default = "ALL:ALL";
        description = "The user and group that the command may be run as.";
      };
      commands = mkOption {
        type = types.listOf (
          types.either types.str (
            types.submodule {
              options = {
                command = mkOption {
                  type = types.str;
                  description = "A command, with the arguments that are allowed, or `ALL`.";
                };
                options = mkOption {
                  type = types.listOf commandOption;
                  default = [ ];
                  example = [ "NOPASSWD" ];
                  description =
                    "Tags for the command, such as NOPASSWD, which asks for no password.";
                };
              };
            }
          )
        );
        default = [ ];
        description = "Commands that the rule allows.";
      };
    };
  };
in
{
  options.security.sudo = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether sudo is installed and set up, so that members of `wheel` may run commands as root.";
    };
    package = lib.mkPackageOption pkgs "sudo" { };
    wheelNeedsPassword = mkOption {
      type = types.bool;
      default = true;
      description = "Whether members of `wheel` must enter their password.";
    };
    execWheelOnly = mkOption {
      type = types.bool;
      default = false;
      description = "Whether only members of `wheel` may use sudo at all.";
    };
    keepTerminfo = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether sudo keeps TERMINFO and TERMINFO_DIRS for root and members of `wheel`, so that programs know their terminal.";
    };
    defaultOptions = mkOption {
      type = types.listOf commandOption;
      default = [ "SETENV" ];
      example = [ "SETENV" "NOPASSWD" ];
      description = "Tags in the default rules for root and the group `wheel`.";
    };
    extraRules = mkOption {
      type = types.listOf ruleType;
      default = [ ];
      example = [
        {
          groups = [ "backup" ];
          commands = [
            {
              command = "/usr/bin/systemctl restart nginx";
              options = [ "NOPASSWD" ];
            }
          ];
        }
      ];
      description =
        "Rules that say who may run which commands as whom. Later rules take precedence.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines to append to /etc/sudoers, as in sudoers(5).";
    };
    configFile = mkOption {
      type = types.lines;
      internal = true;
      description = "The whole of /etc/sudoers.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];

    security.sudo.extraRules =
      let
        all =
          {
            runAs ? "ALL:ALL",
            options,
            ...
          }@who:
          removeAttrs who [ "options" ]
          // {
            inherit runAs;
            commands = [
              {
                command = "ALL";
                inherit options;
              }
            ];
          };
      in
      lib.mkMerge [
        (lib.mkBefore [
          (all {
            users = [ "root" ];
            options = cfg.defaultOptions;
          })
        ])
        (lib.mkOrder 600 [
          (all {
            groups = [ "wheel" ];
            options = cfg.defaultOptions ++ lib.optional (!cfg.wheelNeedsPassword) "NOPASSWD";
          })
        ])
      ];

    security.sudo.configFile = ''
      # Generated from security.sudo.
      Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
      ${lib.optionalString cfg.keepTerminfo "Defaults:root,%wheel env_keep+=TERMINFO_DIRS\nDefaults:root,%wheel env_keep+=TERMINFO"}
      ${lib.concatMapStrings (sudoers.rule "security.sudo.extraRules") cfg.extraRules}
      ${cfg.extraConfig}
    '';

    environment.etc.sudoers = {
      text = cfg.configFile;
      mode = "0440";
    };

    # More than the rules for root and the group wheel.
    system.checks = lib.mkIf (cfg.extraConfig != "" || lib.length cfg.extraRules > 2) [
      ((import ../../lib/system-check.nix {
        inherit lib pkgs;
        inherit (config.system.build) tree;
      }).checkFile
        {
          name = "sudoers";
          text = cfg.configFile;
          option = "security.sudo.extraRules and security.sudo.extraConfig";
          script = ''
            # Builders see another owner of its settings, which have no part in this.
            set -o pipefail
            visudo -c -f "$file" 2>&1 | grep -v '^visudo: /etc/sudo.conf'
          '';
        }
      )
    ];

    assertions = [
      {
        assertion =
          !cfg.execWheelOnly
          || !(lib.any (r: r.users != [ "root" ] && r.users != [ ]) cfg.extraRules);
        message =
          "security.sudo.execWheelOnly is set, but security.sudo.extraRules has rules for single users. "
          + "Use rules for groups, or turn it off.";
      }
    ];
  };
}
