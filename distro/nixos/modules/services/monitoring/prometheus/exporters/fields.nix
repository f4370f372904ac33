# Options that several exporters have.
{ lib }:

let
  lineTypes = import ../../../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
in
rec {
  inherit (import ../../../../../lib/option-makers.nix { inherit lib; }) option orNull strings;
  str = option types.str;
  bool = option types.bool false;
  required = type: description: mkOption { inherit type description; };

  telemetryPath = str "/metrics" "The path of the metrics.";
  environmentFile =
    orNull lineTypes.machineFile "A file of the machine's with lines NAME=value, for secrets.";
  configFile = orNull types.path "Its configuration file.";
  logLevel =
    option
      (types.enum [ "debug" "info" "warn" "error" "fatal" ])
      "info"
      "The least severe messages that are logged.";

  # Of what most programs have as --collector.NAME.
  collectors = {
    enabledCollectors = strings "Collectors that are used beside those that are by default.";
    disabledCollectors = strings "Collectors that are not used, although they are by default.";
  };
  collectorArguments =
    cfg:
    map (name: "--collector.${name}") cfg.enabledCollectors
    ++ map (name: "--no-collector.${name}") cfg.disabledCollectors;

  # An argument, unless its value is null.
  given = flag: value: lib.optional (value != null) "${flag}=${toString value}";
  flagged = flag: value: lib.optional value flag;
  telemetry = cfg: [ "--web.telemetry-path=${cfg.telemetryPath}" ];

  # The address families of a service on the same machine that is reached by a socket.
  withSockets.serviceConfig.RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" ];
  address = cfg: "${cfg.listenAddress}:${toString cfg.port}";

  # One of two options must be set.
  oneOf = cfg: a: b: [
    {
      assertion = (cfg.${a} == null) != (cfg.${b} == null);
      message = " needs one of the options ${a} and ${b}. Set one of them.";
    }
  ];
}
