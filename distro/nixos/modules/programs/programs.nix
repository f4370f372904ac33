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
  inherit (import ../../lib/formats { inherit lib; }) git sshd;
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
    ssh = {
      startAgent = mkOption {
        type = types.bool;
        default = false;
        description =
          "Whether an SSH agent (ssh-agent), which keeps private keys in memory, starts for each user.";
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        example = "ServerAliveInterval 60";
        description = "Lines to append to /etc/ssh/ssh_config, as in ssh_config(5).";
      };
      knownHosts = mkOption {
        type = types.attrsOf (
          types.submodule (
            { name, config, ... }:
            {
              options = {
                hostNames = mkOption {
                  type = types.listOf types.str;
                  default = [ name ] ++ config.extraHostNames;
                  defaultText = lib.literalMD "the attribute's name";
                  description =
                    "The names and addresses of the host. Defaults to the attribute's name and `extraHostNames`.";
                };
                extraHostNames = mkOption {
                  type = types.listOf types.str;
                  default = [ ];
                  example = [ "192.0.2.1" ];
                  description =
                    "Names and addresses of the host in addition to the attribute's name.";
                };
                publicKey = mkOption {
                  type = types.nullOr types.str;
                  default = null;
                  example = "ssh-ed25519 AAAA...";
                  description =
                    "The host's public key: its type and its data, as in the `.pub` file.";
                };
                publicKeyFile = mkOption {
                  type = types.nullOr types.path;
                  default = null;
                  description =
                    "A file with the host's public key, instead of `publicKey`. It is read during evaluation.";
                };
                certAuthority = mkOption {
                  type = types.bool;
                  default = false;
                  description =
                    "Whether the key is that of a certificate authority, which signs the keys of hosts.";
                };
              };
            }
          )
        );
        default = { };
        example = { "server.example.org".publicKey = "ssh-ed25519 AAAA..."; };
        description =
          "Public keys of SSH servers, which clients then trust (/etc/ssh/ssh_known_hosts).";
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
    {
      system.basePackages = [ "openssh-client" ];
      users.groups._ssh = { };
      environment.etc."ssh/ssh_config".text = ''
        Host *
          GlobalKnownHostsFile /etc/ssh/ssh_known_hosts
          SendEnv LANG LC_* COLORTERM NO_COLOR
        ${cfg.ssh.extraConfig}
      '';
      environment.etc."ssh/ssh_known_hosts".text = lib.concatStrings (
        lib.mapAttrsToList (
          name: h:
          sshd.knownHost {
            option = lib.showOption [ "programs" "ssh" "knownHosts" name ];
            inherit (h) certAuthority hostNames;
            key = if h.publicKey != null then h.publicKey else lib.fileContents h.publicKeyFile;
          }
        ) cfg.ssh.knownHosts
      );
      assertions = lib.mapAttrsToList (name: h: {
        assertion = (h.publicKey == null) != (h.publicKeyFile == null);
        message =
          "programs.ssh.knownHosts.\"${name}\" must have either publicKey or publicKeyFile. Set one of them.";
      }) cfg.ssh.knownHosts;
    }
    (mkIf cfg.ssh.startAgent {
      systemd.user.services.ssh-agent = {
        description = "Agent for SSH keys";
        wantedBy = [ "default.target" ];
        serviceConfig = { ExecStart = "/usr/bin/ssh-agent -D -a %t/ssh-agent"; };
      };
      environment.extraInit =
        "if [ -z \"\${SSH_AUTH_SOCK-}\" ] && [ -n \"\${XDG_RUNTIME_DIR-}\" ]; then export "
        + "SSH_AUTH_SOCK=\"$XDG_RUNTIME_DIR/ssh-agent\"; fi\n";
    })
  ];
}
