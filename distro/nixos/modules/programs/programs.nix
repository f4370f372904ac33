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
  inherit (import ../../lib/formats { inherit lib; }) git;
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "programs" "less" "enable" ];
        type = types.bool;
        default = true;
        why = "less is part of every system";
      }
      {
        path = [ "programs" "command-not-found" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "there is no index of the programs that Debian's packages have";
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
    neovim = {
      enable = lib.mkEnableOption "neovim";
      defaultEditor = mkOption {
        type = types.bool;
        default = false;
        description = "Whether neovim is the default editor (`EDITOR`).";
      };
      package = lib.mkPackageOption pkgs "neovim" { };
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
        description = "The contents of /etc/nanorc, as in nanorc(5).";
      };
    };
    git = {
      enable = lib.mkEnableOption "git";
      package = lib.mkPackageOption pkgs "git" { };
      config = mkOption {
        type = types.attrsOf (types.attrsOf types.anything);
        default = { };
        example = { init.defaultBranch = "main"; };
        description = "Settings of /etc/gitconfig by section, as in git-config(1).";
      };
    };
    htop.enable = lib.mkEnableOption "htop";
    tmux = {
      enable = lib.mkEnableOption "tmux";
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        example = "set -g mouse on";
        description = "The contents of /etc/tmux.conf, as in tmux(1).";
      };
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.vim.enable { environment.systemPackages = [ cfg.vim.package ]; })
    (mkIf (cfg.vim.enable && cfg.vim.defaultEditor) {
      environment.variables.EDITOR = lib.mkOverride 900 "vim";
    })
    (mkIf cfg.neovim.enable { environment.systemPackages = [ cfg.neovim.package ]; })
    (mkIf (cfg.neovim.enable && cfg.neovim.defaultEditor) {
      environment.variables.EDITOR = lib.mkOverride 900 "nvim";
    })
    (mkIf (cfg.nano.enable && cfg.nano.nanorc != "") {
      environment.etc.nanorc.text = cfg.nano.nanorc;
    })
    (mkIf cfg.git.enable { environment.systemPackages = [ cfg.git.package ]; })
    (mkIf (cfg.git.enable && cfg.git.config != { }) {
      environment.etc.gitconfig.text = git.configuration [
        "programs"
        "git"
        "config"
      ] cfg.git.config;
    })
    (mkIf cfg.htop.enable { environment.systemPackages = [ pkgs.htop ]; })
    (mkIf cfg.tmux.enable {
      environment.systemPackages = [ pkgs.tmux ];
      environment.etc."tmux.conf".text = cfg.tmux.extraConfig;
    })
  ];
}
