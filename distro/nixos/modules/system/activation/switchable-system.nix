# switch-to-configuration: the switch of a running machine to this system.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (config.system) build;
  cfg = config.system;
  inherit ((import ../../../lib/formats { inherit lib; }).text) line;

  quoted =
    option: value:
    "'${
      lib.replaceStrings [ "\\" "'" ] [ "\\\\" "\\'" ] (
        line {
          inherit option;
          file = "switch-to-configuration";
        } value
      )
    }'";

  checks = lib.concatStringsSep "\n" (
    lib.mapAttrsToList (name: text: ''
      # ${
        line {
          option = "system.preSwitchChecks";
          file = "a script";
        } name
      }
      (
      ${text}
      ) || status=1
    '') cfg.preSwitchChecks
  );
  hasDryScripts = lib.any (s: s.supportsDryActivation or false) (
    lib.attrValues cfg.activationScripts
  );
in
{
  options.system = {
    switch.enable = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether the system has `bin/switch-to-configuration`, which makes a running machine one of this system.";
    };

    preSwitchChecks = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example =
        lib.literalExpression ''{ space = "[ $(df --output=avail -k / | tail -1) -gt 100000 ]"; }'';
      description =
        "Shell commands that run before a switch, each with the system's store path and the action as arguments. If one fails, "
        + "nothing is changed.";
    };

    build.installBootLoader = mkOption {
      type = types.coercedTo types.package toString types.str;
      default = "";
      internal = true;
      description =
        "The program that makes a system, its argument, the default of the next boot. Empty if there is none.";
    };
  };

  config.system.systemBuilderArgs = lib.mkIf cfg.switch.enable (
    {
      "bin/switch-to-configuration" = {
        mode = "0555";
        text = ''
          #!/usr/bin/perl
          # Makes a running machine one of this system.
          use Cwd ();
          $ENV{PATH} = '/usr/sbin:/usr/bin';
          unshift @ARGV, Cwd::abs_path($0) =~ s{/bin/[^/]*$}{}r, ${quoted "system.build.installBootLoader" build.installBootLoader}, ${
            quoted "system.preSwitchChecks" (
              lib.optionalString
                (cfg.preSwitchChecks != { })
                "${
                  pkgs.writeText "pre-switch-checks" ''
                    status=0
                    ${checks}
                    exit $status
                  ''
                }"
            )
          };
          require '${./switch}/switch.pl';
        '';
      };
    }
    // lib.optionalAttrs hasDryScripts {
      dry-activate = {
        text = build.dryActivationText;
        mode = "0555";
      };
    }
  );
}
