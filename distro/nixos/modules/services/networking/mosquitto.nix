# Mosquitto, a broker of MQTT.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  hardening = import ../../../lib/hardening.nix;
  inherit (lib) concatMap imap0 optional;
  cfg = config.services.mosquitto;
  settings = import ./mosquitto/settings.nix;

  value =
    v:
    if lib.isBool v then lib.boolToString v else toString (if builtins.isPath v then "${v}" else v);
  lines = prefix: set: lib.mapAttrsToList (name: v: "${prefix}${name} ${value v}") set;

  listener =
    index: listener:
    [
      "listener ${toString listener.port} ${toString listener.address}"
      "acl_file /etc/mosquitto/acl-${toString index}.conf"
    ]
    ++ optional (!listener.omitPasswordAuth) "password_file ${cfg.dataDir}/passwd-${toString index}"
    ++ lines "" listener.settings
    ++ concatMap (
      plugin:
      [
        "auth_plugin ${plugin.plugin}"
        "auth_plugin_deny_special_chars ${lib.boolToString plugin.denySpecialChars}"
      ]
      ++ lines "auth_opt_" plugin.options
    ) listener.authPlugins;
  bridge =
    name: bridge:
    [
      "connection ${name}"
      "addresses ${lib.concatMapStringsSep " " (a: "${a.address}:${toString a.port}") bridge.addresses}"
    ]
    ++ map (topic: "topic ${topic}") bridge.topics
    ++ lines "" bridge.settings;
  configuration = pkgs.writeText "mosquitto.conf" (
    lib.concatLines (
      [
        "per_listener_settings true"
        "persistence ${lib.boolToString cfg.persistence}"
      ]
      ++ map (
        place: "log_dest ${lib.optionalString (lib.hasPrefix "/" place) "file "}${place}"
      ) cfg.logDest
      ++ map (type: "log_type ${type}") cfg.logType
      ++ lines "" cfg.settings
      ++ lib.concatLists (imap0 listener cfg.listeners)
      ++ lib.concatLists (lib.mapAttrsToList bridge cfg.bridges)
      ++ map (folder: "include_dir ${folder}") cfg.includeDirs
    )
  );

  # A password is given to the service as a credential: only it can read one that comes from a file.
  kinds = [ "password" "passwordFile" "hashedPassword" "hashedPasswordFile" ];
  isFile = lib.hasSuffix "File";
  credentialsOf =
    wanted:
    lib.concatLists (
      imap0 (
        index: listener:
        concatMap (
          { fst, snd }:
          map (kind: "${credential index fst kind}:${written kind listener.users.${snd}.${kind}}") (
            builtins.filter (
              kind: isFile kind == wanted && listener.users.${snd}.${kind} != null
            ) kinds
          )
        ) (numbered listener.users)
      ) cfg.listeners
    );
  # What systemd reads as in C, a path or text: also blanks at its end, which the line loses.
  written =
    kind: v:
    if isFile kind then
      toString v
    else
      lib.replaceStrings [ "\\" " " "\t" ] [ "\\\\" "\\x20" "\\t" ] v;
  numbered = users: imap0 (fst: snd: { inherit fst snd; }) (lib.attrNames users);
  credential = listener: user: kind: "listener-${toString listener}-user-${toString user}-${kind}";

  passwords =
    index: listener:
    let
      add =
        wanted:
        lib.concatMapStrings (
          { fst, snd }:
          lib.concatMapStrings (
            kind:
            lib.optionalString
              (listener.users.${snd}.${kind} != null)
              "add ${lib.escapeShellArg snd} \"$CREDENTIALS_DIRECTORY/${credential index fst kind}\"\n"
          ) wanted
        ) (numbered listener.users);
      plain = add [ "password" "passwordFile" ];
    in
    ''
      file=${lib.escapeShellArg "${cfg.dataDir}/passwd-${toString index}"}
      rm -f "$file"
      touch "$file"
      ${plain}
      ${lib.optionalString (plain != "") "${cfg.package}/bin/mosquitto_passwd -U \"$file\""}
      ${add [ "hashedPassword" "hashedPasswordFile" ]}
    '';

  # What mosquitto.conf(5) has not in that part of the file.
  unknown =
    place: known: set:
    map (name: {
      assertion = false;
      message =
        "services.mosquitto.${place}settings.${
          lib.strings.escapeNixIdentifier name
        } is not a setting that mosquitto has there. See mosquitto.conf(5).";
    }) (builtins.filter (name: !(lib.elem name known)) (lib.attrNames set));
  userAssertions =
    place: users:
    lib.concatLists (
      lib.mapAttrsToList (name: user: [
        {
          assertion = builtins.match "[^:[:cntrl:]]+" name != null;
          message =
            "services.mosquitto.${place}users: `${name}' cannot be a name, which has no colon and no line break. Change it.";
        }
        {
          assertion = lib.count (kind: user.${kind} != null) kinds <= 1;
          message =
            "services.mosquitto.${place}users.${name} has more than one password. Leave one of ${lib.concatStringsSep ", " kinds}.";
        }
      ]) users
    );
in
{
  imports = [ ./mosquitto/options.nix ];

  config = lib.mkIf cfg.enable {
    assertions =
      unknown "" settings.global cfg.settings
      ++ lib.concatLists (
        imap0 (
          index: listener:
          let
            place = "listeners.${toString index}.";
          in
          unknown place settings.listener listener.settings ++ userAssertions place listener.users
        ) cfg.listeners
      )
      ++ lib.concatLists (
        lib.mapAttrsToList (
          name: bridge:
          unknown "bridges.${name}." settings.bridge bridge.settings
          ++ optional (bridge.addresses == [ ]) {
            assertion = false;
            message = "services.mosquitto.bridges.${name} leads nowhere. Set addresses.";
          }
        ) cfg.bridges
      );

    users.users.mosquitto = {
      description = "Mosquitto MQTT Broker Daemon owner";
      isSystemUser = true;
      group = "mosquitto";
      home = cfg.dataDir;
      createHome = true;
    };
    users.groups.mosquitto = { };

    environment.etc = builtins.listToAttrs (
      imap0 (
        index: listener:
        lib.nameValuePair "mosquitto/acl-${toString index}.conf" {
          user = "mosquitto";
          group = "mosquitto";
          mode = "0400";
          text = lib.concatLines (
            listener.acl
            ++ lib.concatLists (
              lib.mapAttrsToList (
                name: user: [ "user ${name}" ] ++ map (topic: "topic ${topic}") user.acl
              ) listener.users
            )
          );
        }
      ) cfg.listeners
    );

    systemd.services.mosquitto = {
      description = "Mosquitto MQTT Broker Daemon";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      preStart = ''
        add() {
          IFS= read -r password < "$2" || [ -n "$password" ]
          printf '%s:%s\n' "$1" "$password" >> "$file"
        }
      '' + lib.concatStrings (imap0 passwords cfg.listeners);
      restartTriggers = map (
        index: config.environment.etc."mosquitto/acl-${toString index}.conf".text
      ) (lib.genList (n: n) (lib.length cfg.listeners));
      serviceConfig = hardening // {
        Type = "notify";
        NotifyAccess = "main";
        User = "mosquitto";
        Group = "mosquitto";
        RuntimeDirectory = "mosquitto";
        WorkingDirectory = cfg.dataDir;
        Restart = "on-failure";
        ExecStart = "${lib.getExe' cfg.package "mosquitto"} -c ${configuration}";
        ExecReload = "/usr/bin/kill -HUP $MAINPID";
        SetCredential = credentialsOf false;
        LoadCredential = credentialsOf true;
        CapabilityBoundingSet = "";
        DevicePolicy = "closed";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProcSubset = "pid";
        ProtectHome = true;
        ProtectProc = "invisible";
        ProtectSystem = "strict";
        ReadWritePaths = [ cfg.dataDir ] ++ builtins.filter (lib.hasPrefix "/") cfg.logDest;
        RemoveIPC = true;
        RestrictAddressFamilies = [ "AF_UNIX" "AF_INET" "AF_INET6" "AF_NETLINK" ];
        SystemCallFilter = [ "@system-service" "~@privileged" "~@resources" ];
        UMask = "0077";
      };
    };
  };
}
