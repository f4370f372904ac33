# Programs that need more options than a package of their own in environment.systemPackages.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs;
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "programs" "command-not-found" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "there is no index of the programs that Debian's packages have";
      }
      {
        path = [ "programs" "command-not-found" "dbPath" ];
        type = types.nullOr types.path;
        default = null;
        why = "there is no index of the programs that Debian's packages have";
      }
      {
        path = [ "programs" "nix-index" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "its index is one of nixpkgs' packages, and the machine has Debian's";
      }
      {
        path = [ "system" "autoUpgrade" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why =
          "a machine does not rebuild itself, as its flake is on the host. Let a timer of the host run `bootflake vm update NAME'";
      }
    ])
  ];

  options.programs = {
    vim = {
      enable = lib.mkEnableOption "vim";
      defaultEditor = mkOption {
        type = types.bool;
        default = false;
        description = "Whether vim is the default editor (`EDITOR`).";
      };
      package = lib.mkPackageOption pkgs "vim" { };
    };
    nano = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether nano is installed.";
      };
      nanorc = mkOption {
        type = types.lines;
        default = "";
        example = "set tabstospaces";
        description = "Lines of /etc/nanorc, as in nanorc(5).";
      };
      syntaxHighlight = mkOption {
        type = types.bool;
        default = true;
        description = "Whether text is coloured by the rules that nano brings for many languages.";
      };
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.vim.enable { environment.systemPackages = [ cfg.vim.package ]; })
    (mkIf (cfg.vim.enable && cfg.vim.defaultEditor) {
      environment.variables.EDITOR = lib.mkOverride 900 "vim";
    })
    # Debian's own file includes the rules for languages.
    (mkIf (cfg.nano.enable && (cfg.nano.nanorc != "" || !cfg.nano.syntaxHighlight)) {
      environment.etc.nanorc.text =
        lib.optionalString cfg.nano.syntaxHighlight "include /usr/share/nano/*.nanorc\n"
        + cfg.nano.nanorc;
    })
  ];
}
