# fish: /etc/fish, made from the options of all shells and its own. Those of all shells contain code for sh, which fish cannot read: bash
# runs it, and fish takes over the variables that it sets.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../lib/option-makers.nix { inherit lib; }) lines;
  cfg = config.programs.fish;
  shared = config.environment;
  inherit (import ../../lib/formats { inherit lib; }) shell;

  aliasType = types.attrsOf (types.nullOr (types.either types.str types.path));

  each =
    command: option: set:
    lib.concatStrings (
      lib.mapAttrsToList (
        name: value:
        shell.fishWords {
          inherit option command name;
          value = toString value;
        }
      ) (lib.filterAttrs (_: v: v != null) set)
    );

  # Code for sh. Empty code starts no process.
  take =
    name: code:
    lib.optionalString
      (builtins.match "[[:space:]]*" code == null)
      "__take_variables_of ${pkgs.writeText "${name}.sh" code}";
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } (
      map (what: {
        path = [ "programs" "fish" "vendor" what "enable" ];
        type = types.bool;
        default = true;
        why = "fish reads what Debian's packages bring for it in /usr/share/fish";
      }) [ "completions" "config" "functions" ]
    ))
  ];

  options.programs.fish = {
    enable =
      lib.mkEnableOption
        "fish, an interactive shell that also reads the options of `environment` for all shells";
    shellAliases = mkOption {
      type = aliasType;
      default = { };
      example = { gs = "git status"; };
      description =
        "Aliases of interactive fish shells, in addition to `environment.shellAliases`. null removes one.";
    };
    shellAbbrs = mkOption {
      type = aliasType;
      default = { };
      example = { gco = "git checkout"; };
      description =
        "Abbreviations of interactive fish shells, which are expanded as they are typed. null removes one.";
    };
    shellInit = lines "Code that every fish shell runs when it starts.";
    loginShellInit = lines "Code that login shells run when they start, if they are fish.";
    interactiveShellInit =
      lines "Code that interactive shells run when they start, if they are fish.";
    promptInit = lines "Code that sets the prompt of interactive fish shells.";
  };

  config = lib.mkIf cfg.enable {
    programs.fish.shellAliases = lib.mapAttrs (_: lib.mkDefault) shared.shellAliases;

    environment.systemPackages = [ pkgs.fish ];
    environment.shells = [ "/usr/bin/fish" "/bin/fish" ];

    environment.etc."fish/config.fish".text = ''
      # Every fish reads this file.

      # The variables are separated by NUL, as they may contain line breaks.
      function __take_variables_of
          bash --norc --noprofile -c '. "$1" > /dev/null; exec env -0' bash $argv[1] | while read --null --local variable
              set --local name (string split --max 1 --fields 1 = -- $variable)
              contains -- $name _ PWD OLDPWD SHLVL; and continue
              set --global --export $name (string sub --start (math (string length -- $name) + 2) -- $variable | string collect)
          end
      end

      if not set --query __BOOTFLAKE_ENVIRONMENT
          __take_variables_of /etc/set-environment
      end
      ${take "shell-init" shared.shellInit}
      ${cfg.shellInit}

      if status is-login
          ${take "login-shell-init" shared.loginShellInit}
          ${cfg.loginShellInit}
      end

      if status is-interactive
          ${each "abbr --add" "programs.fish.shellAbbrs" cfg.shellAbbrs}
          ${each "alias" "programs.fish.shellAliases" cfg.shellAliases}
          ${take "interactive-shell-init" shared.interactiveShellInit}
          ${cfg.promptInit}
          ${cfg.interactiveShellInit}
      end
    '';
  };
}
