# Kea, servers of DHCP.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.kea;
  json = pkgs.formats.json { };
  checkedEtc = import ../../../lib/checked-etc.nix { inherit lib; };
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };

  # The daemons: their programs, and the name of their part of the configuration.
  daemons = {
    ctrl-agent = {
      program = "kea-ctrl-agent";
      key = "Control-agent";
      what = "the agent through which the others are controlled";
      capabilities = [ ];
    };
    dhcp4 = {
      program = "kea-dhcp4";
      key = "Dhcp4";
      what = "the server of DHCP for IPv4";
      capabilities = [ "CAP_NET_BIND_SERVICE" "CAP_NET_RAW" ];
    };
    dhcp6 = {
      program = "kea-dhcp6";
      key = "Dhcp6";
      what = "the server of DHCP for IPv6";
      capabilities = [ "CAP_NET_BIND_SERVICE" ];
    };
    dhcp-ddns = {
      program = "kea-dhcp-ddns";
      key = "DhcpDdns";
      what = "the daemon that tells name servers of leases";
      capabilities = [ ];
    };
  };

  # Interfaces, folders and data bases are not there while building.
  ofMachine = [
    "config-control"
    "control-socket"
    "control-sockets"
    "hooks-libraries"
    "hosts-database"
    "hosts-databases"
    "interface"
    "interfaces-config"
    "lease-database"
    "loggers"
  ];
  withoutMachine =
    value:
    if lib.isAttrs value then
      lib.mapAttrs (_: withoutMachine) (removeAttrs value ofMachine)
    else if lib.isList value then
      map withoutMachine value
    else
      value;

  fileOf =
    name: daemon:
    let
      service = cfg.${name};
    in
    if service.configFile != null then
      { source = service.configFile; }
    else
      let
        text = builtins.toJSON { ${daemon.key} = service.settings; } + "\n";
      in
      checkedEtc text (
        checkedFile {
          name = "${daemon.program}.conf";
          inherit text;
          checked = builtins.toJSON { ${daemon.key} = withoutMachine service.settings; } + "\n";
          packages = [ cfg.package ];
          option = "services.kea.${name}.settings";
          check = ''
            export KEA_LOCKFILE_DIR=none KEA_PIDFILE_DIR=. KEA_DHCP_DATA_DIR=. KEA_CONTROL_SOCKET_DIR=.
            ${daemon.program} -t "$file"
          '';
        }
      );

  unit =
    name: daemon:
    mkIf cfg.${name}.enable {
      description = "Kea: ${daemon.what}";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" "time-sync.target" ];
      environment = {
        KEA_PIDFILE_DIR = "/run/kea";
        KEA_LOCKFILE_DIR = "/run/kea";
        KEA_CONTROL_SOCKET_DIR = "/run/kea";
      };
      restartTriggers = [ "${config.environment.etc."kea/${name}.conf".source}" ];
      serviceConfig = {
        ExecStart = utils.escapeSystemdExecArgs ([
          "${cfg.package}/bin/${daemon.program}"
          "-c"
          "/etc/kea/${name}.conf"
        ] ++ cfg.${name}.extraArgs);
        ExecReload = "/bin/kill -HUP $MAINPID";
        User = "kea";
        Group = "kea";
        AmbientCapabilities = daemon.capabilities;
        CapabilityBoundingSet = daemon.capabilities;
        Restart = "on-failure";
        ConfigurationDirectory = "kea";
        RuntimeDirectory = "kea";
        RuntimeDirectoryPreserve = true;
        RuntimeDirectoryMode = "0750";
        StateDirectory = "kea";
        LogsDirectory = "kea";
        UMask = "0077";
      };
    };
in
{
  options.services.kea =
    lib.mapAttrs (name: daemon: {
      enable = lib.mkEnableOption daemon.what;
      extraArgs = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Further arguments of ${daemon.program}.";
      };
      settings = mkOption {
        type = json.type;
        default = { };
        description =
          "The contents of `${daemon.key}` in the configuration. It is checked while building.";
      };
      configFile = mkOption {
        type = types.nullOr types.path;
        default = null;
        description = "The configuration file, in place of `settings`.";
      };
    }) daemons
    // {
      package = lib.mkPackageOption pkgs "kea" { };
    };

  config = mkIf (lib.any (name: cfg.${name}.enable) (lib.attrNames daemons)) {
    assertions = lib.mapAttrsToList (name: _: {
      assertion =
        cfg.${name}.enable -> cfg.${name}.configFile == null || cfg.${name}.settings == { };
      message = "services.kea.${name} has both settings and configFile. Remove one of them.";
    }) daemons;
    environment.systemPackages = [ cfg.package ];
    environment.etc = lib.mapAttrs' (
      name: daemon: lib.nameValuePair "kea/${name}.conf" (fileOf name daemon)
    ) (lib.filterAttrs (name: _: cfg.${name}.enable) daemons);
    users.groups.kea = { };
    users.users.kea = {
      isSystemUser = true;
      group = "kea";
    };
    systemd.services = lib.mapAttrs' (
      name: daemon:
      lib.nameValuePair "kea-${name}${lib.optionalString (name != "ctrl-agent") "-server"}" (
        unit name daemon
      )
    ) daemons;
  };
}
