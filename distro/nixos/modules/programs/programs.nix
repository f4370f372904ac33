# Small programs that need an option more than their package.
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
  package =
    name:
    mkOption {
      type = types.package;
      default = pkgs.${name};
      defaultText = lib.literalExpression "pkgs.${name}";
      description = "The package.";
    };
  enable =
    what:
    mkOption {
      type = types.bool;
      default = false;
      description = "Whether ${what} is installed.";
    };
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
      enable = enable "vim";
      defaultEditor = mkOption {
        type = types.bool;
        default = false;
        description = "Whether vim is the editor that others start.";
      };
      package = package "vim";
    };
    neovim = {
      enable = enable "neovim";
      defaultEditor = mkOption {
        type = types.bool;
        default = false;
        description = "Whether neovim is the editor that others start.";
      };
      package = package "neovim";
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
        description = "Lines of /etc/nanorc.";
      };
    };
    git = {
      enable = enable "git";
      package = package "git";
      config = mkOption {
        type = types.attrsOf (types.attrsOf types.anything);
        default = { };
        example = { init.defaultBranch = "main"; };
        description = "Settings of /etc/gitconfig.";
      };
    };
    htop.enable = enable "htop";
    tmux = {
      enable = enable "tmux";
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Lines of /etc/tmux.conf.";
      };
    };
    ssh = {
      startAgent = mkOption {
        type = types.bool;
        default = false;
        description = "Whether every session has an agent for keys.";
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Lines of /etc/ssh/ssh_config.";
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
                  description = "Names of the host.";
                };
                extraHostNames = mkOption {
                  type = types.listOf types.str;
                  default = [ ];
                  description = "Further names.";
                };
                publicKey = mkOption {
                  type = types.nullOr types.str;
                  default = null;
                  description = "The host's key.";
                };
                publicKeyFile = mkOption {
                  type = types.nullOr types.path;
                  default = null;
                  description = "A file with the host's key; read while evaluating.";
                };
                certAuthority = mkOption {
                  type = types.bool;
                  default = false;
                  description = "Whether the key signs hosts' keys.";
                };
              };
            }
          )
        );
        default = { };
        description = "Keys of hosts.";
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
          "programs.ssh.knownHosts.\"${name}\" must have either publicKey or publicKeyFile.";
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
