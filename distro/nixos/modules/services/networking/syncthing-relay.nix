# A relay of Syncthing, through which devices reach each other that cannot do so directly.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) orNull;
  cfg = config.services.syncthing.relay;
  dataDir = "/var/lib/syncthing-relay";

  hasStatus = cfg.statusListenAddress != null || cfg.statusPort != null;
  flag = name: value: lib.optional (value != null) "--${name}=${toString value}";
  arguments =
    [
      "--keys=${dataDir}"
      "--listen=${cfg.listenAddress}:${toString cfg.port}"
      "--provided-by=${cfg.providedBy}"
      "--status-srv=${lib.optionalString hasStatus "${toString cfg.statusListenAddress}:${toString cfg.statusPort}"}"
    ]
    ++ lib.optional (cfg.pools != null) "--pools=${lib.concatStringsSep "," cfg.pools}"
    ++ flag "global-rate" cfg.globalRateBps
    ++ flag "per-session-rate" cfg.perSessionRateBps
    ++ cfg.extraOptions;
  secrets = lib.filterAttrs (_: file: file != null) { inherit (cfg) cert key token; };
in
{
  options.services.syncthing.relay = {
    enable = lib.mkEnableOption "a relay of Syncthing";
    cert = orNull types.str "A file in the machine that becomes its cert.pem.";
    key = orNull types.str "A file in the machine that becomes its key.pem.";
    token =
      orNull
        types.machineFile
        "A file in the machine with the token that clients need. Users of the machine see the token among its arguments.";
    listenAddress = mkOption {
      type = types.str;
      default = "";
      description = "The address at which it listens; \"\" for all.";
    };
    port = mkOption {
      type = types.port;
      default = 22067;
      description = "The port at which it listens.";
    };
    statusListenAddress = mkOption {
      type = types.nullOr types.str;
      default = "";
      description =
        "The address at which it tells its state; null, here and for `statusPort`, for none.";
    };
    statusPort = mkOption {
      type = types.nullOr types.port;
      default = 22070;
      description = "The port at which it tells its state.";
    };
    pools = orNull (types.listOf types.str) "The pools that it joins; null for the public one.";
    providedBy = mkOption {
      type = types.str;
      default = "";
      description = "Who provides it, for others to read.";
    };
    globalRateBps = orNull types.ints.positive "How many bytes it passes each second.";
    perSessionRateBps =
      orNull types.ints.positive "How many bytes it passes each second for one session.";
    extraOptions = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.syncthing-relay = {
      description = "Relay of Syncthing";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      preStart =
        lib.optionalString (cfg.cert != null) ''
          install -m 0644 "$CREDENTIALS_DIRECTORY/cert" ${dataDir}/cert.pem
        ''
        + lib.optionalString (cfg.key != null) ''
          install -m 0600 "$CREDENTIALS_DIRECTORY/key" ${dataDir}/key.pem
        '';
      script = ''
        exec ${
          pkgs.syncthing-relay
        }/bin/strelaysrv ${
          lib.escapeShellArgs arguments
        }${lib.optionalString (cfg.token != null) " --token=\"$(cat \"$CREDENTIALS_DIRECTORY/token\")\""}
      '';
      serviceConfig = {
        DynamicUser = true;
        StateDirectory = "syncthing-relay";
        LoadCredential = lib.mapAttrsToList (name: file: "${name}:${toString file}") secrets;
        Restart = "on-failure";
      };
    };
  };
}
