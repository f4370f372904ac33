# Redis: any number of servers, each with a user, a folder and a socket of its own.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  hardening = import ../../../lib/hardening.nix;
  inherit (lib) mkIf optionalString;
  cfg = config.services.redis;
  inherit (import ../../../lib/formats { inherit lib; }) text;

  # `services.redis.servers.""' is the server that is called redis alone.
  serviceName = name: "redis" + optionalString (name != "") "-${name}";
  # The units would name an option that no user has written.
  checkedName =
    text.restrict "[a-zA-Z0-9:_.@-]*" "anything but letters, digits, `:', `_', `.', `@' and `-'" {
      option = "services.redis.servers";
      file = "the names of units";
    };
  enabled = lib.mapAttrs (name: builtins.seq (checkedName name)) (
    lib.filterAttrs (_: server: server.enable) cfg.servers
  );
  forServers =
    f: lib.mapAttrs' (name: server: lib.nameValuePair (serviceName name) (f name server)) enabled;

  configuration =
    name: settings:
    let
      optionOf = key: {
        secret = builtins.elem key [
          "requirepass"
          "masterauth"
          "tls-key-file-pass"
          "tls-client-key-file-pass"
          "user"
        ];
        option =
          "services.redis.servers.${lib.strings.escapeNixIdentifier name}.settings.${lib.strings.escapeNixIdentifier key}";
        file = "redis.conf";
      };
      line =
        key: value:
        "${
          text.restrict
            "[a-zA-Z0-9-]+"
            "anything but letters, digits and `-' in a setting's name"
            (optionOf key)
            key
        } ${text.line (optionOf key) (if lib.isBool value then lib.boolToYesNo value else toString value)}\n";
    in
    pkgs.writeText "redis.conf" (
      lib.concatStrings (
        lib.concatLists (
          lib.mapAttrsToList (key: value: map (line key) (lib.toList value)) settings
        )
      )
    );

  # The server's own file, which it may rewrite, includes one that is made anew at each start. Passwords come from files, so it is only
  # for the server to read.
  prepare =
    name: server:
    let
      service = serviceName name;
      own = "/var/lib/${service}/redis.conf";
      made = "/run/${service}/nixos.conf";
      secret = key: file: ''
        IFS= read -r secret < ${lib.escapeShellArg file} || [ -n "$secret" ]
        secret=''${secret//\\/\\\\}
        printf '${key} "%s"\n' "''${secret//\"/\\\"}" >> ${made}
      '';
    in
    pkgs.writeShellScript "${service}-prepare" ''
      set -e
      umask 0077
      touch ${own} ${made}
      chown ${lib.escapeShellArg "${server.user}:${server.group}"} ${own} ${made}
      chmod 0600 ${own} ${made}
      [ -s ${own} ] || echo 'include "${made}"' > ${own}
      echo 'include "${configuration name server.settings}"' > ${made}
      ${optionalString (server.requirePassFile != null) (secret "requirepass" server.requirePassFile)}
    '';
in
{
  imports =
    [
      (lib.mkRemovedOptionModule [
        "services"
        "redis"
        "user"
      ] "Set services.redis.servers.<name>.user.")
      (lib.mkRemovedOptionModule [
        "services"
        "redis"
        "dbpath"
      ] "A server's data are in /var/lib/redis-<name>.")
      (lib.mkRemovedOptionModule [
        "services"
        "redis"
        "dbFilename"
      ] "A server's data are in dump.rdb in /var/lib/redis-<name>.")
      (lib.mkRemovedOptionModule [
        "services"
        "redis"
        "appendOnlyFilename"
      ] "Redis names the file.")
      (lib.mkRemovedOptionModule [ "services" "redis" "pidFile" ] "systemd knows the process.")
      (lib.mkRemovedOptionModule [
        "services"
        "redis"
        "extraConfig"
      ] "Use services.redis.servers.<name>.settings.")
    ]
    ++ map
      (
        name:
        lib.mkRenamedOptionModule
          [ "services" "redis" name ]
          [ "services" "redis" "servers" "" name ]
      )
      [
        "appendFsync"
        "appendOnly"
        "bind"
        "databases"
        "enable"
        "logLevel"
        "logfile"
        "masterAuth"
        "maxclients"
        "openFirewall"
        "port"
        "requirePass"
        "requirePassFile"
        "save"
        "settings"
        "slaveOf"
        "slowLogLogSlowerThan"
        "slowLogMaxLen"
        "syslog"
        "unixSocket"
        "unixSocketPerm"
      ];

  options.services.redis = {
    package = lib.mkPackageOption pkgs "redis" { };
    vmOverCommit = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description =
        "Whether `vm.overcommit_memory` is 1: a server with much data can save them only then.";
    };
    servers = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule (import ./redis/server.nix { inherit lib serviceName; })
      );
      default = { };
      example = {
        "".enable = true;
        sessions = {
          enable = true;
          port = 6380;
        };
      };
      description =
        "Servers by name. The one without a name is `redis.service`, others are `redis-<name>.service`.";
    };
  };

  config = mkIf (enabled != { }) {
    assertions = lib.mapAttrsToList (name: server: {
      assertion = server.requirePass == null || server.requirePassFile == null;
      message =
        "services.redis.servers.${lib.strings.escapeNixIdentifier name} has both requirePass and requirePassFile. Remove requirePass, "
        + "which everyone can read in the store.";
    }) enabled;

    boot.kernel.sysctl."vm.overcommit_memory" = mkIf cfg.vmOverCommit (lib.mkDefault 1);
    networking.firewall.allowedTCPPorts = lib.concatMap (
      server: lib.optional server.openFirewall server.port
    ) (lib.attrValues enabled);
    environment.systemPackages = [ cfg.package ];

    users.users = lib.mapAttrs' (
      name: server:
      lib.nameValuePair server.user {
        description = "User of ${serviceName name}.service";
        isSystemUser = true;
        inherit (server) group;
      }
    ) (lib.filterAttrs (name: server: server.user == serviceName name) enabled);
    users.groups = lib.mapAttrs' (_: server: lib.nameValuePair server.group { }) (
      lib.filterAttrs (name: server: server.group == serviceName name) enabled
    );

    systemd.services = forServers (
      name: server:
      let
        service = serviceName name;
      in
      {
        description = "Redis Server - ${service}";
        wantedBy = [ "multi-user.target" ];
        after = [ "network.target" ];
        serviceConfig = hardening // {
          ExecStart = "${cfg.package}/bin/${
            cfg.package.serverBin or "redis-server"
          } /var/lib/${service}/redis.conf ${utils.escapeSystemdExecArgs server.extraParams}";
          ExecStartPre = "+${prepare name server}";
          Type = "notify";
          User = server.user;
          Group = server.group;
          RuntimeDirectory = service;
          RuntimeDirectoryMode = "0750";
          StateDirectory = service;
          StateDirectoryMode = "0700";
          UMask = "0077";
          LimitNOFILE = lib.mkDefault (toString (server.maxclients + 32));
          CapabilityBoundingSet = "";
          NoNewPrivileges = true;
          PrivateDevices = true;
          PrivateMounts = true;
          PrivateTmp = true;
          PrivateUsers = true;
          ProtectHome = true;
          ProtectSystem = "strict";
          RemoveIPC = true;
          RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" ];
          SystemCallFilter =
            "~@cpu-emulation @debug @keyring @memlock @mount @obsolete @privileged @resources @setuid";
        };
      }
    );
  };
}
