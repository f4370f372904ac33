# OpenSSH's server, and who may come in by key.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.openssh;

  atom = types.oneOf [ types.bool types.int types.str ];
  settingType = types.nullOr (types.oneOf [ atom (types.listOf atom) ]);
  inherit (import ../../../lib/formats { inherit lib; }) sshd text;
  line = option: sshd.line "services.openssh.${option}";

  keyType = types.submodule {
    options = {
      type = mkOption {
        type = types.str;
        example = "ed25519";
        description = "The kind of key.";
      };
      path = mkOption {
        type = types.str;
        example = "/etc/ssh/ssh_host_ed25519_key";
        description = "Where the key is kept.";
      };
      bits = mkOption {
        type = types.nullOr types.int;
        default = null;
        description = "The key's length.";
      };
      comment = mkOption {
        type = types.str;
        default = "";
        description = "The key's comment.";
      };
      rounds = mkOption {
        type = types.nullOr types.int;
        default = null;
        description =
          "How much work it is to read the key's file, in rounds of its key derivation.";
      };
      openSSHFormat = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the key's file is in OpenSSH's own format, and not in PEM.";
      };
    };
  };

  keywords = import ../../../lib/sshd-keywords.nix {
    newerThan9 = lib.versionAtLeast pkgs.debianRelease.version "13";
  };
  knownKeywords = map lib.toLower keywords;
  unknownSetting =
    name:
    let
      near = lib.modules.nearest.nearest name keywords;
    in
    {
      assertion = false;
      message = "services.openssh.settings.${
        lib.strings.escapeNixIdentifier name
      }: sshd has no such setting${
        if lib.toLower name == "match" then
          ". What a Match is for stands below it, so put it into services.openssh.extraConfig."
        else if near != [ ] then
          ". Did you mean ${lib.head near}?"
        else
          "; see sshd_config(5)."
      }";
    };

  listen = lib.concatMapStrings (
    a:
    line
      "listenAddresses"
      "ListenAddress"
      "${if lib.hasInfix ":" a.addr then "[${a.addr}]" else a.addr}${lib.optionalString (a.port != null) ":${toString a.port}"}"
  ) cfg.listenAddresses;

  authorizedUsers = lib.filterAttrs (
    _: u:
    u.enable && (u.openssh.authorizedKeys.keys != [ ] || u.openssh.authorizedKeys.keyFiles != [ ])
  ) config.users.users;
  authorizedKeys =
    u:
    lib.concatMapStrings (key: "${key}\n") u.openssh.authorizedKeys.keys
    + lib.concatMapStrings (
      file: lib.removeSuffix "\n" (builtins.readFile file) + "\n"
    ) u.openssh.authorizedKeys.keyFiles;

  keyValue =
    name:
    text.line {
      option = "services.openssh.hostKeys.*.${name}";
      file = "a key of the machine's";
    };
  makeKey = k: ''
    if ! [ -s ${lib.escapeShellArg k.path} ]; then
      rm -f ${lib.escapeShellArg k.path}
      mkdir -p "$(dirname ${lib.escapeShellArg k.path})"
      ssh-keygen -q -t ${
        lib.escapeShellArg (keyValue "type" k.type)
      } ${
        lib.optionalString (k.bits != null) "-b ${toString k.bits} "
      }${
        lib.optionalString (k.rounds != null) "-a ${toString k.rounds} "
      }${
        lib.optionalString (!k.openSSHFormat) "-m PEM "
      }-C ${
        lib.escapeShellArg (
          if k.comment != "" then
            keyValue "comment" k.comment
          else
            "root@${config.networking.hostName}"
        )
      } -f ${lib.escapeShellArg k.path} -N ""
    fi
  '';
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
                  "Files with public keys that may log in as this user; read while evaluating.";
              };
            };
          }
        );
      };
    }
  ];

  options.services.openssh = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether sshd runs.";
    };
    package = mkOption {
      type = types.package;
      default = pkgs.debianPackages.openssh-server;
      defaultText = lib.literalExpression "pkgs.debianPackages.openssh-server";
      description = "The package of sshd.";
    };
    startWhenNeeded = mkOption {
      type = types.bool;
      default = false;
      description = "Whether sshd is started by connections, a process each.";
    };
    ports = mkOption {
      type = types.listOf types.port;
      default = [ 22 ];
      description = "Ports that sshd listens on.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the firewall lets them through.";
    };
    listenAddresses = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            addr = mkOption {
              type = types.str;
              default = "0.0.0.0";
              description = "The address.";
            };
            port = mkOption {
              type = types.nullOr types.port;
              default = null;
              description = "The port.";
            };
          };
        }
      );
      default = [ ];
      description = "Addresses that sshd listens on; all if empty.";
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
      description = "The machine's keys. They are made at the first boot.";
    };
    banner = mkOption {
      type = types.nullOr types.lines;
      default = null;
      description = "What is shown before the login.";
    };
    authorizedKeysFiles = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Where users' keys are; %h is the home, %u the name.";
    };
    authorizedKeysInHomedir = mkOption {
      type = types.bool;
      default = true;
      description = "Whether ~/.ssh/authorized_keys counts.";
    };
    authorizedKeysCommand = mkOption {
      type = types.str;
      default = "none";
      description = "A command that prints a user's keys.";
    };
    authorizedKeysCommandUser = mkOption {
      type = types.str;
      default = "nobody";
      description = "Who runs it.";
    };
    allowSFTP = mkOption {
      type = types.bool;
      default = true;
      description = "Whether files may be transferred.";
    };
    sftpServerExecutable = mkOption {
      type = types.str;
      default = "internal-sftp";
      description = "The program for it.";
    };
    sftpFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Its arguments.";
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
            description = "Whether root may log in.";
          };
          PasswordAuthentication = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description = "Whether a password is enough.";
          };
          KbdInteractiveAuthentication = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description = "Whether questions are asked, as PAM does.";
          };
          X11Forwarding = mkOption {
            type = types.nullOr types.bool;
            default = false;
            description = "Whether windows are passed on.";
          };
          UseDns = mkOption {
            type = types.nullOr types.bool;
            default = false;
            description = "Whether the names of clients are looked up.";
          };
          UsePAM = mkOption {
            type = types.nullOr types.bool;
            default = true;
            description = "Whether PAM decides.";
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
            description = "What is logged.";
          };
          GatewayPorts = mkOption {
            type = types.nullOr types.str;
            default = "no";
            description = "Whether others may use forwarded ports.";
          };
          AllowUsers = mkOption {
            type = types.nullOr (types.listOf types.str);
            default = null;
            description = "Users that may log in; all if null.";
          };
          DenyUsers = mkOption {
            type = types.nullOr (types.listOf types.str);
            default = null;
            description = "Users that may not log in.";
          };
          AllowGroups = mkOption {
            type = types.nullOr (types.listOf types.str);
            default = null;
            description = "Groups that may log in; all if null.";
          };
          DenyGroups = mkOption {
            type = types.nullOr (types.listOf types.str);
            default = null;
            description = "Groups that may not log in.";
          };
        };
      };
      default = { };
      example = { PasswordAuthentication = false; };
      description = "Settings of sshd_config(5).";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of sshd_config.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    networking.firewall.allowedTCPPorts = lib.optionals cfg.openFirewall cfg.ports;

    security.pam.services.sshd = lib.mkIf (cfg.settings.UsePAM == true) {
      startSession = lib.mkDefault true;
      showMotd = lib.mkDefault true;
      unixAuth = lib.mkDefault (cfg.settings.PasswordAuthentication == true);
      rules.account.nologin = {
        order = 10050;
        control = "required";
        modulePath = "pam_nologin.so";
      };
    };

    users.users.sshd = {
      isSystemUser = true;
      group = "nogroup";
      home = "/run/sshd";
    };

    services.openssh.authorizedKeysFiles =
      lib.optional cfg.authorizedKeysInHomedir "%h/.ssh/authorized_keys"
      ++ [ "/etc/ssh/authorized_keys.d/%u" ];

    environment.etc =
      lib.mapAttrs' (
        name: u:
        lib.nameValuePair "ssh/authorized_keys.d/${u.name}" {
          text = authorizedKeys u;
          mode = "0444";
        }
      ) authorizedUsers
      // {
        "ssh/sshd_config".text =
          lib.concatMapStrings (p: "Port ${toString p}\n") cfg.ports
          + listen
          + lib.optionalString (cfg.banner != null) "Banner /etc/ssh/banner\n"
          + lib.concatMapStrings (k: line "hostKeys.*.path" "HostKey" k.path) cfg.hostKeys
          + line "authorizedKeysFiles" "AuthorizedKeysFile" (
            lib.concatStringsSep " " cfg.authorizedKeysFiles
          )
          + lib.optionalString (cfg.authorizedKeysCommand != "none") (
            line "authorizedKeysCommand" "AuthorizedKeysCommand" cfg.authorizedKeysCommand
            + line
              "authorizedKeysCommandUser"
              "AuthorizedKeysCommandUser"
              cfg.authorizedKeysCommandUser
          )
          + lib.optionalString cfg.allowSFTP (
            line
              "sftpServerExecutable"
              "Subsystem"
              "sftp ${
                cfg.sftpServerExecutable
              }${
                lib.concatMapStrings (
                  flag:
                  " ${text.line { option = "services.openssh.sftpFlags"; file = "sshd_config"; } flag}"
                ) cfg.sftpFlags
              }"
          )
          + lib.concatStrings (lib.mapAttrsToList sshd.setting cfg.settings)
          + "PrintMotd no\nAcceptEnv LANG LC_* COLORTERM NO_COLOR\n"
          + cfg.extraConfig;
      }
      // lib.optionalAttrs (cfg.banner != null) { "ssh/banner".text = cfg.banner; };

    # Whole units, so that they are the same in all suites: bookworm's has no step that makes keys, and trixie's waits for a first boot.
    systemd.services.sshd-keygen = {
      description = "Keys of the SSH server";
      unitConfig.ConditionPathExists = map (k: "|!${keyValue "path" k.path}") cfg.hostKeys;
      serviceConfig.Type = "oneshot";
      script = lib.concatMapStrings makeKey cfg.hostKeys;
    };

    systemd.services.ssh = lib.mkIf (!cfg.startWhenNeeded) {
      description = "SSH server";
      aliases = [ "sshd.service" ];
      wantedBy = [ "multi-user.target" ];
      wants = [ "sshd-keygen.service" ];
      after = [ "network.target" "nss-user-lookup.target" "sshd-keygen.service" ];
      restartTriggers = [ config.environment.etc."ssh/sshd_config".text ];
      stopIfChanged = false;
      serviceConfig = {
        Type = "notify";
        ExecStart = "/usr/sbin/sshd -D";
        # A running server that read a wrong configuration would end.
        ExecReload = [ "/usr/sbin/sshd -t" "/bin/kill -HUP $MAINPID" ];
        KillMode = "process";
        Restart = "always";
        # What a wrong configuration ends with: the unit has failed then, and is not tried for ever.
        RestartPreventExitStatus = 255;
        RuntimeDirectory = "sshd";
        RuntimeDirectoryMode = "0755";
      };
    };

    systemd.sockets.ssh = lib.mkIf cfg.startWhenNeeded {
      description = "SSH connections";
      wantedBy = [ "sockets.target" ];
      listenStreams =
        if cfg.listenAddresses != [ ] then
          map (
            a: "${a.addr}:${toString (if a.port != null then a.port else lib.head cfg.ports)}"
          ) cfg.listenAddresses
        else
          map toString cfg.ports;
      socketConfig.Accept = true;
      socketConfig.TriggerLimitIntervalSec = 0;
    };
    systemd.services."ssh@" = lib.mkIf cfg.startWhenNeeded {
      description = "SSH server for one connection";
      wants = [ "sshd-keygen.service" ];
      after = [ "network.target" "sshd-keygen.service" ];
      stopIfChanged = false;
      serviceConfig = {
        ExecStart = "-/usr/sbin/sshd -i";
        StandardInput = "socket";
        KillMode = "process";
        RuntimeDirectory = "sshd";
        RuntimeDirectoryPreserve = true;
        RuntimeDirectoryMode = "0755";
      };
    };

    # A server for one connection fails without a word to anyone but who connects, so that the configuration is looked at beforehand.
    systemd.services.sshd-check = lib.mkIf cfg.startWhenNeeded {
      description = "Check of the SSH server's configuration";
      wantedBy = [ "multi-user.target" ];
      wants = [ "sshd-keygen.service" ];
      after = [ "sshd-keygen.service" ];
      restartTriggers = [ config.environment.etc."ssh/sshd_config".text ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "/usr/sbin/sshd -t";
        RuntimeDirectory = "sshd";
        RuntimeDirectoryPreserve = true;
        RuntimeDirectoryMode = "0755";
      };
    };

    assertions =
      map unknownSetting (
        builtins.filter (
          name: cfg.settings.${name} != null && !(lib.elem (lib.toLower name) knownKeywords)
        ) (lib.attrNames cfg.settings)
      )
      ++ map (k: {
        assertion = lib.hasPrefix "/" k.path;
        message = "services.openssh.hostKeys: the path ${k.path} is not absolute.";
      }) cfg.hostKeys;
  };
}
