# The OpenSSH server: sshd_config, the authorized keys of users, the server's units, and the generation of its host keys.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.services.openssh;
  inherit (import ../../../lib/formats { inherit lib; }) sshd text;
  systemCheck = import ../../../lib/system-check.nix {
    inherit lib pkgs;
    inherit (config.system.build) tree;
  };
  line = option: sshd.line "services.openssh.${option}";

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
      } is not a setting of sshd${
        if lib.toLower name == "match" then
          ": a Match block has further lines. Put it into services.openssh.extraConfig."
        else if near != [ ] then
          ". Did you mean ${lib.head near}?"
        else
          ". See sshd_config(5)."
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

  # What is checked by its type needs no other check.
  isTyped = value: value == null || lib.isBool value;
  typed = [ "GatewayPorts" "LogLevel" "PermitRootLogin" ];
  hasOther =
    cfg.extraConfig != ""
    || lib.any (name: !(isTyped cfg.settings.${name} || lib.elem name typed)) (
      lib.attrNames cfg.settings
    );

  keyValue =
    name:
    text.line {
      option = "services.openssh.hostKeys.*.${name}";
      file = "a key of the machine's";
    };
  makeKey = k: ''
    if ! [ -s ${lib.escapeShellArg k.path} ]; then
      # A link leads to where the key is kept.
      [ -h ${lib.escapeShellArg k.path} ] || rm -f ${lib.escapeShellArg k.path}
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

    system.checks = lib.mkIf hasOther [
      (systemCheck.checkFile {
        name = "sshd_config";
        text = config.environment.etc."ssh/sshd_config".text;
        option = "services.openssh.settings and services.openssh.extraConfig";
        script = ''
          ssh-keygen -q -t ed25519 -N "" -f key
          sshd -t -h "$PWD/key" -f "$file"
        '';
      })
    ];

    # Complete units, so that they are the same in all suites: bookworm's does not generate keys, and trixie's only at a first boot.
    systemd.services.sshd-keygen = {
      description = "Keys of the SSH server";
      unitConfig.ConditionPathExists = map (k: "|!${keyValue "path" k.path}") cfg.hostKeys;
      serviceConfig.Type = "oneshot";
      script = lib.concatMapStrings makeKey cfg.hostKeys;
    };

    # Under NixOS' name; Debian's is the other one.
    systemd.services.sshd = lib.mkIf (!cfg.startWhenNeeded) {
      description = "SSH server";
      aliases = [ "ssh.service" ];
      wantedBy = [ "multi-user.target" ];
      wants = [ "sshd-keygen.service" ];
      after = [ "network.target" "nss-user-lookup.target" "sshd-keygen.service" ];
      restartTriggers = [ config.environment.etc."ssh/sshd_config".text ];
      stopIfChanged = false;
      serviceConfig = {
        Type = "notify";
        ExecStart = "/usr/sbin/sshd -D";
        # A running server exits if it reads a wrong configuration.
        ExecReload = [ "/usr/sbin/sshd -t" "/bin/kill -HUP $MAINPID" ];
        KillMode = "process";
        Restart = "always";
        # The status of a wrong configuration: the unit fails, instead of being restarted for ever.
        RestartPreventExitStatus = 255;
        RuntimeDirectory = "sshd";
        RuntimeDirectoryMode = "0755";
      };
    };

    systemd.sockets.sshd = lib.mkIf cfg.startWhenNeeded {
      description = "SSH connections";
      aliases = [ "ssh.socket" ];
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
    systemd.services."sshd@" = lib.mkIf cfg.startWhenNeeded {
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

    # A server for a single connection reports errors to its client alone, so the configuration is checked at boot.
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
      lib.mapAttrsToList
        (kind: name: {
          assertion = !(config.systemd.${kind} ? ${name});
          message =
            "systemd.${kind}.${name} is Debian's name of the server's unit. Set systemd.${kind}.${name}d.";
        })
        {
          services = "ssh";
          sockets = "ssh";
        }
      ++ map unknownSetting (
        builtins.filter (
          name: cfg.settings.${name} != null && !(lib.elem (lib.toLower name) knownKeywords)
        ) (lib.attrNames cfg.settings)
      )
      ++ map (k: {
        assertion = lib.hasPrefix "/" k.path;
        message =
          "services.openssh.hostKeys has the path \"${k.path}\", which is not absolute. Begin it with /.";
      }) cfg.hostKeys;
  };
}
