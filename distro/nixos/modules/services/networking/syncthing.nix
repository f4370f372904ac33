# Syncthing: folders that are the same on several machines.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkIf mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  cfg = config.services.syncthing;
  account = import ../../../lib/service-account.nix { inherit lib; } "syncthing" {
    inherit (cfg) user group;
    description = "Syncthing";
    home = cfg.dataDir;
    createHome = true;
  };
  here = [ "services" "syncthing" ];
  renamed = old: new: lib.mkRenamedOptionModule (here ++ old) (here ++ new);
  inherit (lib) escapeShellArg;
  address = if lib.hasPrefix "/" cfg.guiAddress then "unix://${cfg.guiAddress}" else cfg.guiAddress;

  given = lib.filterAttrs (_: file: file != null) {
    "cert.pem" = cfg.cert;
    "key.pem" = cfg.key;
  };
  owner = "-o ${escapeShellArg cfg.user} -g ${escapeShellArg cfg.group}";
  copyKeys = pkgs.writeShellScript "syncthing-copy-keys" ''
    set -e
    install -d -m 700 ${owner} ${escapeShellArg cfg.configDir}
    ${
      lib.concatStrings (
        lib.mapAttrsToList (
          name: file:
          "install -D -m 400 ${owner} ${escapeShellArg (toString file)} ${escapeShellArg "${cfg.configDir}/${name}"}\n"
        ) given
      )
    }
  '';
  hasSettings =
    cfg.guiPasswordFile != null
    || lib.filterAttrsRecursive (_: value: value != null && value != { }) cfg.settings
      != { options = { }; };

  file =
    description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit description;
    };
in
{
  imports =
    [
      (lib.mkRemovedOptionModule
        (here ++ [ "useInotify" ])
        "Syncthing sees changes at once. Set fsWatcherEnabled in a folder to change that."
      )
      (renamed [ "extraOptions" ] [ "settings" ])
      (renamed [ "folders" ] [ "settings" "folders" ])
      (renamed [ "devices" ] [ "settings" "devices" ])
      (renamed [ "options" ] [ "settings" "options" ])
    ]
    ++ map (name: renamed [ "declarative" name ] [ name ]) [
      "cert"
      "key"
      "devices"
      "folders"
      "overrideDevices"
      "overrideFolders"
      "extraOptions"
    ];

  options.services.syncthing = {
    enable = lib.mkEnableOption "Syncthing, which keeps folders the same on several machines";
    package = lib.mkPackageOption pkgs "syncthing" { };
    cert = file "A file in the machine that becomes cert.pem in `configDir`.";
    key = file "A file in the machine that becomes key.pem in `configDir`.";
    guiPasswordFile = file "A file in the machine with the password of the web interface.";
    overrideDevices = mkOption {
      type = types.bool;
      default = true;
      description = "Whether devices that are not in `settings.devices` are removed.";
    };
    overrideFolders = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether folders that are not in `settings.folders` are removed. Their files stay.";
    };
    settings = import ./syncthing/settings.nix { inherit lib pkgs; };
    guiAddress = mkOption {
      type = types.str;
      default = "127.0.0.1:8384";
      description = "The address of the web interface, or the path of a socket.";
    };
    systemService = mkOption {
      type = types.bool;
      default = true;
      description = "Whether Syncthing runs as a service of the system.";
    };
    user = mkOption {
      type = types.str;
      default = "syncthing";
      description = "The user as whom it runs.";
    };
    group = mkOption {
      type = types.str;
      default = "syncthing";
      description = "The group in which it runs.";
    };
    all_proxy = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "socks5://proxy.example.org:1234";
      description = "A proxy for all connections.";
    };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/syncthing";
      description = "Where folders are that have no other place.";
    };
    configDir = mkOption {
      type = types.path;
      default = "${cfg.dataDir}/.config/syncthing";
      defaultText =
        lib.literalExpression ''"''${config.services.syncthing.dataDir}/.config/syncthing"'';
      description = "Where its configuration and its keys are.";
    };
    databaseDir = mkOption {
      type = types.path;
      default = cfg.configDir;
      defaultText = lib.literalExpression "config.services.syncthing.configDir";
      description = "Where its database is.";
    };
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--reset-deltas" ];
      description = "Further arguments.";
    };
    openDefaultPorts = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the ports 22000 and 21027 are open in the firewall.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    networking.firewall = mkIf cfg.openDefaultPorts {
      allowedTCPPorts = [ 22000 ];
      allowedUDPPorts = [ 21027 22000 ];
    };
    users = mkIf cfg.systemService account;

    systemd.services.syncthing = mkIf cfg.systemService {
      description = "Syncthing";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      environment = {
        STNORESTART = "yes";
        STNOUPGRADE = "yes";
        inherit (cfg) all_proxy;
      } // config.networking.proxy.envVars or { };
      serviceConfig = {
        User = cfg.user;
        Group = cfg.group;
        ExecStartPre = mkIf (given != { }) "+${copyKeys}";
        ExecStart =
          "${cfg.package}/bin/syncthing serve --no-browser "
          + utils.escapeSystemdExecArgs ([
            "--gui-address=${address}"
            "--config=${cfg.configDir}"
            "--data=${cfg.databaseDir}"
          ] ++ cfg.extraFlags);
        Restart = "on-failure";
        SuccessExitStatus = "3 4";
        RestartForceExitStatus = "3 4";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateMounts = true;
        PrivateTmp = true;
        PrivateUsers = true;
        inherit (import ../../../lib/hardening.nix)
          ProtectControlGroups
          ProtectHostname
          ProtectKernelModules
          ProtectKernelTunables
          RestrictNamespaces
          RestrictRealtime
          RestrictSUIDSGID
          ;
        CapabilityBoundingSet = map (name: "~CAP_${name}") [
          "SYS_PTRACE"
          "SYS_ADMIN"
          "SETGID"
          "SETUID"
          "SETPCAP"
          "SYS_TIME"
          "KILL"
        ];
      };
    };
    systemd.services.syncthing-init = mkIf (cfg.systemService && hasSettings) {
      description = "Syncthing's settings";
      requisite = [ "syncthing.service" ];
      after = [ "syncthing.service" ];
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        User = cfg.user;
        Type = "oneshot";
        RemainAfterExit = true;
        RuntimeDirectory = "syncthing-init";
        ExecStart = import ./syncthing/apply.nix { inherit lib pkgs cfg; };
      };
    };
  };
}
