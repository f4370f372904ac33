# direnv, which loads environments as folders are entered.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.direnv;

  hook = shell: ''eval "$(${lib.getExe cfg.package} hook ${shell})"'';
  # Shells that Nix starts have store paths in their search path.
  outsideNix =
    command:
    if cfg.loadInNixShell then
      command
    else
      ''
        case "$IN_NIX_SHELL:$NIX_GCROOT:$PATH" in
          ::*/nix/store/* | [!:]*:*:* | :[!:]*:*) ;;
          *) ${command} ;;
        esac
      '';
  integration =
    shell:
    mkOption {
      type = types.bool;
      default = true;
      description = "Whether ${shell} loads direnv.";
    };
in
{
  options.programs.direnv = {
    enable = lib.mkEnableOption "direnv, in all shells";
    package = lib.mkPackageOption pkgs "direnv" { };
    enableBashIntegration = integration "bash";
    enableZshIntegration = integration "zsh";
    enableFishIntegration = integration "fish";
    direnvrcExtra = mkOption {
      type = types.lines;
      default = "";
      description = "Shell code at the end of /etc/direnv/direnvrc.";
    };
    silent = mkOption {
      type = types.bool;
      default = false;
      description = "Whether direnv prints nothing.";
    };
    loadInNixShell = mkOption {
      type = types.bool;
      default = true;
      description = "Whether direnv is loaded in shells that Nix starts.";
    };
    nix-direnv = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description =
          "Whether nix-direnv's `use nix` and `use flake`, which keep what they have built, are used. NixOS has them by default; Debian "
          + "has no package of that name, so that `nix-direnv.package` must be given.";
      };
      package = lib.mkPackageOption pkgs "nix-direnv" { };
    };
    settings = mkOption {
      type = types.attrsOf (pkgs.formats.toml { }).type;
      default = { };
      example = { global.warn_timeout = "1m"; };
      description = "Settings of /etc/direnv/direnv.toml, as in direnv.toml(1).";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    programs.bash.interactiveShellInit = mkIf cfg.enableBashIntegration (outsideNix (hook "bash"));
    programs.zsh.interactiveShellInit = mkIf cfg.enableZshIntegration (outsideNix (hook "zsh"));
    programs.fish.interactiveShellInit = mkIf cfg.enableFishIntegration (
      if cfg.loadInNixShell then
        "${lib.getExe cfg.package} hook fish | source"
      else
        ''
          if test -z "$IN_NIX_SHELL$NIX_GCROOT"; and not string match -q '*/nix/store/*' -- "$PATH"
            ${lib.getExe cfg.package} hook fish | source
          end
        ''
    );
    environment.variables = {
      DIRENV_CONFIG = "/etc/direnv";
    } // lib.optionalAttrs cfg.silent { DIRENV_LOG_FORMAT = ""; };
    environment.etc."direnv/direnvrc".text =
      lib.optionalString
        cfg.nix-direnv.enable
        ". ${cfg.nix-direnv.package}/share/nix-direnv/direnvrc\n"
      + cfg.direnvrcExtra
      + ''
        # What users have of their own.
        for file in "''${DIRENV_CONFIG_HOME:-''${XDG_CONFIG_HOME:-$HOME/.config}/direnv}/direnvrc" "$HOME/.direnvrc"; do
          if [ -f "$file" ]; then . "$file" >&2; break; fi
        done
      '';
    environment.etc."direnv/direnv.toml" = mkIf (cfg.settings != { }) {
      source = (pkgs.formats.toml { }).generate "direnv.toml" cfg.settings;
    };
  };
}
