# An SSH server in the initrd, which an administrator logs in to from afar, for instance to type the passphrase of a disk.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.boot.initrd.network.ssh;
  inherit (config.boot.initrd) network systemd;
  inherit (import ../../../../lib/formats { inherit lib; }) sshd;
  server = config.services.openssh.settings;
  enabled = cfg.enable && systemd.network.enable;

  # The keys are named by their place in the list: a name in the store says nothing, and two may be the same.
  keys = lib.imap0 (i: source: {
    inherit source;
    path = "/etc/ssh/ssh_host_key_${toString i}";
  }) cfg.hostKeys;
in
{
  options.boot.initrd.network.ssh = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the initrd has an SSH server, for root. `systemd-tty-ask-password-agent` asks there for the passphrases of disks.";
    };
    port = mkOption {
      type = types.port;
      default = 22;
      description = "The port that it listens on.";
    };
    shell = mkOption {
      type = types.nullOr types.path;
      default = null;
      description =
        "The shell of root in the initrd. Set `boot.initrd.systemd.users.root.shell` instead.";
    };
    hostKeys = mkOption {
      type = types.listOf types.path;
      default = [ ];
      example = lib.literalExpression "[ ./initrd_ssh_host_ed25519_key ]";
      description =
        "Files with private host keys: `ssh-keygen -t ed25519 -N \"\" -f FILE` makes one. They are in the store, and in the image, where "
        + "everyone who has the image can read them. Do not use the keys of the system itself.";
    };
    ignoreEmptyHostKeys = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether there may be no host keys, because something else puts them into /etc/ssh.";
    };
    authorizedKeys = mkOption {
      type = types.listOf types.singleLineStr;
      default = config.users.users.root.openssh.authorizedKeys.keys;
      defaultText = lib.literalExpression "config.users.users.root.openssh.authorizedKeys.keys";
      example = [ "ssh-ed25519 AAAA... me@example.org" ];
      description = "Public keys that may log in.";
    };
    authorizedKeyFiles = mkOption {
      type = types.listOf types.path;
      default = config.users.users.root.openssh.authorizedKeys.keyFiles;
      defaultText = lib.literalExpression "config.users.users.root.openssh.authorizedKeys.keyFiles";
      description = "Files with public keys that may log in.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of sshd_config(5).";
    };
  };

  config = lib.mkMerge [
    {
      assertions = lib.optionals cfg.enable [
        {
          assertion = systemd.network.enable;
          message =
            "boot.initrd.network.ssh.enable is set, but the initrd has no network. Set boot.initrd.network.enable = true.";
        }
        {
          assertion = cfg.authorizedKeys != [ ] || cfg.authorizedKeyFiles != [ ];
          message =
            "boot.initrd.network.ssh has no key that may log in. Set boot.initrd.network.ssh.authorizedKeys.";
        }
        {
          assertion = cfg.ignoreEmptyHostKeys || cfg.hostKeys != [ ];
          message =
            "boot.initrd.network.ssh has no host keys. Make one, ssh-keygen -t ed25519 -N \"\" -f initrd_ssh_host_ed25519_key, and set "
            + "boot.initrd.network.ssh.hostKeys = [ ./initrd_ssh_host_ed25519_key ].";
        }
      ];
    }
    (lib.mkIf enabled {
      boot.initrd.secrets = builtins.listToAttrs (map (k: lib.nameValuePair k.path k.source) keys);
    })
    (lib.mkIf (enabled && systemd.enable) {
      boot.initrd.systemd = {
        users = {
          sshd = {
            uid = 1;
            group = "sshd";
          };
          root.shell = lib.mkIf (cfg.shell != null) cfg.shell;
        };
        groups.sshd.gid = 1;
        packages = [ "openssh-server" ];
        files = [ "usr/sbin/sshd" ];
        # Since trixie, each connection has programs of its own.
        optionalFiles = [
          "etc/ssh/moduli"
          "usr/lib/openssh/sshd-auth"
          "usr/lib/openssh/sshd-session"
        ];
        contents = {
          "/etc/ssh/sshd_config".text =
            ''
              UsePAM no
              Port ${toString cfg.port}
              PasswordAuthentication no
              KbdInteractiveAuthentication no
              AuthorizedKeysFile /etc/ssh/authorized_keys.d/%u
            ''
            + lib.concatMapStrings (k: "HostKey ${k.path}\n") keys
            + lib.concatMapStrings (
              name: lib.optionalString (server ? ${name}) (sshd.setting name server.${name})
            ) [ "KexAlgorithms" "Ciphers" "Macs" "LogLevel" "UseDns" ]
            + cfg.extraConfig;
          "/etc/ssh/authorized_keys.d/root".text =
            lib.concatMapStrings (key: "${key}\n") cfg.authorizedKeys
            + lib.concatMapStrings (
              file: "${lib.removeSuffix "\n" (builtins.readFile file)}\n"
            ) cfg.authorizedKeyFiles;
        };
        services.sshd = {
          description = "SSH Daemon";
          wantedBy = [ "initrd.target" ];
          after = [ "network.target" ];
          before = [ "shutdown.target" ];
          conflicts = [ "shutdown.target" "initrd-switch-root.target" ];
          unitConfig.DefaultDependencies = false;
          serviceConfig = {
            # The folder that it gives up its privileges in.
            ExecStartPre = "/usr/bin/busybox mkdir -p -m 0755 /run/sshd";
            ExecStart = "/usr/sbin/sshd -D -e -f /etc/ssh/sshd_config";
            KillMode = "process";
            Restart = "on-failure";
          };
        };
      };
    })
  ];
}
