# The options of the OpenSSH server, and of the keys that users log in with. sshd.nix has the server itself.
{ lib, pkgs, ... }:

let
  inherit (lib) mkOption types;

  atom = types.oneOf [ types.bool types.int types.str ];
  settingType = types.nullOr (types.oneOf [ atom (types.listOf atom) ]);

  keyType = types.submodule {
    options = {
      type = mkOption {
        type = types.str;
        example = "ed25519";
        description = "The type of the key, as ssh-keygen takes it with -t.";
      };
      path = mkOption {
        type = types.str;
        example = "/etc/ssh/ssh_host_ed25519_key";
        description =
          "The file of the private key. The public key is kept beside it, in a file with `.pub` added.";
      };
      bits = mkOption {
        type = types.nullOr types.int;
        default = null;
        example = 4096;
        description =
          "The length of the key in bits, for types that have several; null takes the default of ssh-keygen.";
      };
      comment = mkOption {
        type = types.str;
        default = "";
        example = "web server";
        description = "A comment in the public key. If empty, it is root@ and the host name.";
      };
      rounds = mkOption {
        type = types.nullOr types.int;
        default = null;
        description =
          "The number of key derivation rounds that protect the key's file, as ssh-keygen takes it with -a. If null, its default.";
      };
      openSSHFormat = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the key's file is in OpenSSH's own format, and not in PEM.";
      };
    };
  };
in
{
  imports = [
    (lib.mkAliasOptionModule [ "services" "sshd" "enable" ] [ "services" "openssh" "enable" ])
    (lib.mkAliasOptionModule
      [ "services" "openssh" "knownHosts" ]
      [ "programs" "ssh" "knownHosts" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "permitRootLogin" ]
      [ "services" "openssh" "settings" "PermitRootLogin" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "passwordAuthentication" ]
      [ "services" "openssh" "settings" "PasswordAuthentication" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "kbdInteractiveAuthentication" ]
      [ "services" "openssh" "settings" "KbdInteractiveAuthentication" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "challengeResponseAuthentication" ]
      [ "services" "openssh" "settings" "KbdInteractiveAuthentication" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "forwardX11" ]
      [ "services" "openssh" "settings" "X11Forwarding" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "useDns" ]
      [ "services" "openssh" "settings" "UseDns" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "logLevel" ]
      [ "services" "openssh" "settings" "LogLevel" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "gatewayPorts" ]
      [ "services" "openssh" "settings" "GatewayPorts" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "ciphers" ]
      [ "services" "openssh" "settings" "Ciphers" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "kexAlgorithms" ]
      [ "services" "openssh" "settings" "KexAlgorithms" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "openssh" "macs" ]
      [ "services" "openssh" "settings" "Macs" ]
    )
    (lib.mkAliasOptionModule
      [ "services" "openssh" "moduliFile" ]
      [ "services" "openssh" "settings" "ModuliFile" ]
    )
    {
      options.users.users = mkOption {
        type = types.attrsOf (
          types.submodule {
            options.openssh.authorizedKeys = {
              keys = mkOption {
                type = types.listOf types.singleLineStr;
                default = [ ];
                example = [ "ssh-ed25519 AAAA... me@example.org" ];
                description = "Public keys that may log in as this user.";
              };
              keyFiles = mkOption {
                type = types.listOf types.path;
                default = [ ];
                description =
                  "Files with public keys that may log in as this user. They are read during evaluation.";
              };
            };
          }
        );
      };
    }
  ];

  options.services.openssh = {
    enable = lib.mkEnableOption "the OpenSSH server, for logins over the network";
    package = lib.mkPackageOption pkgs.debianPackages "openssh-server" {
      pkgsText = "pkgs.debianPackages";
    };
    startWhenNeeded = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether systemd listens and starts one sshd for each connection, instead of sshd running all the time.";
    };
    ports = mkOption {
      type = types.listOf types.port;
      default = [ 22 ];
      example = [ 22 2222 ];
      description =
        "The ports that sshd listens on. With `openFirewall` they are open in the firewall too.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the ports in `ports` are opened in the firewall.";
    };
    listenAddresses = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            addr = mkOption {
              type = types.str;
              default = "0.0.0.0";
              example = "192.0.2.1";
              description = "The address to listen on, IPv4 or IPv6.";
            };
            port = mkOption {
              type = types.nullOr types.port;
              default = null;
              example = 2222;
              description = "The port to listen on; null takes all of `services.openssh.ports`.";
            };
          };
        }
      );
      default = [ ];
      description =
        "The addresses that sshd listens on. If the list is empty, it listens on all addresses of the machine.";
    };
    hostKeys = mkOption {
      type = types.listOf keyType;
      default = [
        {
          type = "rsa";
          bits = 4096;
          path = "/etc/ssh/ssh_host_rsa_key";
        }
        {
          type = "ed25519";
          path = "/etc/ssh/ssh_host_ed25519_key";
        }
      ];
      description = "The host keys of the server. Missing ones are generated before sshd starts.";
    };
    banner = mkOption {
      type = types.nullOr types.lines;
      default = null;
      example = "Authorized users only.";
      description = "A text that is shown to clients before they log in.";
    };
    authorizedKeysFiles = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "/etc/ssh/keys/%u" ];
      description =
        "Files in which sshd looks for a user's public keys. %h stands for the user's home directory, %u for the name.";
    };
    authorizedKeysInHomedir = mkOption {
      type = types.bool;
      default = true;
      description = "Whether users may keep public keys of their own in ~/.ssh/authorized_keys.";
    };
    authorizedKeysCommand = mkOption {
      type = types.str;
      default = "none";
      example = "/usr/local/bin/keys-of %u";
      description =
        "A command that prints the public keys of the user named %u, as lines of authorized_keys; `none` for no command.";
    };
    authorizedKeysCommandUser = mkOption {
      type = types.str;
      default = "nobody";
      example = "keys";
      description = "The user as whom `authorizedKeysCommand` is run.";
    };
    allowSFTP = mkOption {
      type = types.bool;
      default = true;
      description = "Whether clients may transfer files by SFTP, as `sftp` and `scp` do.";
    };
    sftpServerExecutable = mkOption {
      type = types.str;
      default = "internal-sftp";
      example = "/usr/lib/openssh/sftp-server";
      description =
        "The program that serves SFTP. `internal-sftp` is the server within sshd itself.";
    };
    sftpFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-f AUTHPRIV" "-l INFO" ];
      description = "Arguments of the SFTP server, as in sftp-server(8).";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf settingType;
        options = {
          PermitRootLogin = mkOption {
            type = types.nullOr (
              types.enum [
                "yes"
                "without-password"
                "prohibit-password"
                "forced-commands-only"
                "no"
              ]
            );
            default = "prohibit-password";
            description =
              "Whether and how root may log in: `prohibit-password` allows keys only, `forced-commands-only` keys with a fixed command.";
          };
          PasswordAuthentication = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description = "Whether users may log in with a password alone.";
          };
          KbdInteractiveAuthentication = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description =
              "Whether users may log in by keyboard-interactive authentication, such as the password prompt of PAM.";
          };
          X11Forwarding = mkOption {
            type = types.nullOr types.bool;
            default = false;
            description = "Whether graphical programs (X11) may be shown on the client (`ssh -X`).";
          };
          UseDns = mkOption {
            type = types.nullOr types.bool;
            default = false;
            description =
              "Whether the host names of clients are looked up in DNS, for logs and for `from=` in authorized_keys.";
          };
          UsePAM = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description = "Whether accounts and sessions are handled by PAM.";
          };
          LogLevel = mkOption {
            type = types.nullOr (
              types.enum [
                "QUIET"
                "FATAL"
                "ERROR"
                "INFO"
                "VERBOSE"
                "DEBUG"
                "DEBUG1"
                "DEBUG2"
                "DEBUG3"
              ]
            );
            default = "INFO";
            description = "How much sshd logs; DEBUG and above reveal what users do.";
          };
          GatewayPorts = mkOption {
            type = types.nullOr types.str;
            default = "no";
            example = "clientspecified";
            description =
              "Whether ports forwarded by clients (`ssh -R`) can be reached from other machines: `yes`, `no` or `clientspecified`.";
          };
          AllowUsers = mkOption {
            type = types.nullOr (types.listOf types.str);
            default = null;
            example = [ "alice" ];
            description =
              "The users that may log in; null allows all. Patterns such as `alice@192.0.2.*` are possible.";
          };
          DenyUsers = mkOption {
            type = types.nullOr (types.listOf types.str);
            default = null;
            example = [ "guest" ];
            description = "Users that may not log in, even where another setting allows them.";
          };
          AllowGroups = mkOption {
            type = types.nullOr (types.listOf types.str);
            default = null;
            example = [ "wheel" ];
            description = "The groups whose members may log in; null allows all.";
          };
          DenyGroups = mkOption {
            type = types.nullOr (types.listOf types.str);
            default = null;
            example = [ "guests" ];
            description =
              "Groups whose members may not log in, even where another setting allows them.";
          };
        };
      };
      default = { };
      example = { PasswordAuthentication = false; };
      description =
        "Settings of sshd_config(5), by their names there. Names that sshd does not know are refused.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines to append to sshd_config, for instance `Match` blocks.";
    };
  };
}
