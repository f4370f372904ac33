# Home Assistant. Debian has no package of it: the user's is one of nixpkgs, or made like one.
{
  config,
  lib,
  options,
  pkgs,
  utils,
  ...
}:

let
  hardening = import ../../../lib/hardening.nix;
  inherit (lib) escapeShellArg mkIf mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) option orNull;
  cfg = config.services.home-assistant;
  yaml = pkgs.formats.yaml { };
  at = option: "services.home-assistant.${option}";

  # `!secret name' and its like are tags of YAML, not strings.
  untagged =
    name: value:
    let
      plain = yaml.generate name (lib.filterAttrsRecursive (_: v: v != null) value);
    in
    pkgs.runCommandLocal name { } ''
      sed -E "s/(['\"])(![a-z_]+ [^'\"]*)\1/\2/g" ${plain} > $out
    '';
  resources = {
    lovelace.resources = map (card: {
      url =
        "/local/nixos-lovelace-modules/${card.entrypoint or "${card.pname}.js"}?${card.version}";
      type = "module";
    }) cfg.customLovelaceModules;
  };
  settings =
    lib.recursiveUpdate (lib.optionalAttrs (cfg.customLovelaceModules != [ ]) resources) cfg.config;
  configuration = untagged "configuration.yaml" settings;
  lovelace = untagged "ui-lovelace.yaml" cfg.lovelaceConfig;
  cards = pkgs.buildEnv {
    name = "home-assistant-cards";
    paths = cfg.customLovelaceModules;
  };

  # Components that the configuration names: its keys, and its values of `platform'.
  platforms =
    value:
    if lib.isDerivation value then
      [ ]
    else if builtins.isAttrs value then
      lib.optional (builtins.isString (value.platform or null)) value.platform
      ++ lib.concatMap platforms (lib.attrValues value)
    else if builtins.isList value then
      lib.concatMap platforms value
    else
      [ ];
  named =
    cfg.extraComponents
    ++ cfg.defaultIntegrations
    ++ lib.optionals (cfg.config != null) (lib.attrNames cfg.config ++ platforms cfg.config);
  uses = builtins.any (name: builtins.elem name named);
  available = cfg.package.availableComponents or [ ];
  # nixpkgs' package takes along what components need.
  canExtend = cfg.package ? override && available != [ ];
  package =
    if canExtend then
      cfg.package.override (old: {
        extraComponents =
          old.extraComponents or [ ] ++ builtins.filter (name: builtins.elem name available) named;
        extraPackages =
          ps:
          (old.extraPackages or (_: [ ])) ps
          ++ cfg.extraPackages ps
          ++ lib.concatMap (component: component.propagatedBuildInputs or [ ]) cfg.customComponents;
      })
    else
      cfg.package;

  usesBluetooth = uses [
    "bluetooth"
    "bluetooth_le_tracker"
    "default_config"
    "esphome"
    "switchbot"
    "xiaomi_ble"
  ];
  usesSerial = uses [
    "deconz"
    "dsmr"
    "enocean"
    "modbus"
    "mysensors"
    "rflink"
    "rfxtrx"
    "serial"
    "usb"
    "velbus"
    "zha"
    "zwave_js"
  ];
  capabilities =
    lib.optionals usesBluetooth [ "CAP_NET_ADMIN" "CAP_NET_RAW" ]
    ++ lib.optional (uses [ "emulated_hue" ]) "CAP_NET_BIND_SERVICE"
    ++ lib.optionals (uses [ "nmap_tracker" ]) [
      "CAP_NET_ADMIN"
      "CAP_NET_BIND_SERVICE"
      "CAP_NET_RAW"
    ];

  directory = escapeShellArg cfg.configDir;
  place = name: file: isWritable: ''
    rm -f ${directory}/${name}
    ${if isWritable then "cp --no-preserve=mode ${file} ${directory}/${name}" else "ln -s /etc/home-assistant/${name} ${directory}/${name}"}
  '';
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "home-assistant" "port" ]
      [ "services" "home-assistant" "config" "http" "server_port" ]
    )
    (lib.mkRemovedOptionModule [
      "services"
      "home-assistant"
      "applyDefaultConfig"
    ] "Set services.home-assistant.config.")
    (lib.mkRemovedOptionModule [
      "services"
      "home-assistant"
      "autoExtraComponents"
    ] "Components that the configuration names are known.")
  ];

  options.services.home-assistant = {
    enable = lib.mkEnableOption "Home Assistant";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.home-assistant.package";
      name = "home-assistant";
    };
    configDir = option types.path "/var/lib/hass" "Where its configuration and its data are.";
    openFirewall = option types.bool false "Whether its port is open in the firewall.";
    defaultIntegrations = mkOption {
      type = types.listOf types.str;
      readOnly = true;
      default = [
        "application_credentials"
        "frontend"
        "hardware"
        "logger"
        "network"
        "system_health"
        "automation"
        "person"
        "scene"
        "script"
        "tag"
        "zone"
        "counter"
        "input_boolean"
        "input_button"
        "input_datetime"
        "input_number"
        "input_select"
        "input_text"
        "schedule"
        "timer"
        "backup"
      ];
      description = "Components that are always there.";
    };
    extraComponents = option (types.listOf types.str) [
      "default_config"
      "met"
      "esphome"
    ] "Further components, whose packages are taken along.";
    extraPackages = mkOption {
      type = types.functionTo (types.listOf types.package);
      default = _: [ ];
      example = lib.literalExpression "ps: [ ps.psycopg2 ]";
      description = "Further packages of Python.";
    };
    customComponents =
      option
        (types.listOf types.package)
        [ ]
        "Packages of components that are not Home Assistant's own.";
    customLovelaceModules = option (types.listOf types.package) [ ] "Packages of cards.";
    config = mkOption {
      type = types.nullOr (
        types.submodule {
          freeformType = yaml.type;
          options = {
            homeassistant = {
              name = orNull types.str "The name of the place.";
              latitude = orNull (types.either types.float types.str) "The latitude of the place.";
              longitude = orNull (types.either types.float types.str) "The longitude of the place.";
              unit_system =
                orNull
                  (types.enum [ "metric" "us_customary" "imperial" ])
                  "The units that are shown.";
              temperature_unit = orNull (types.enum [ "C" "F" ]) "The unit of temperatures.";
              time_zone = option (types.nullOr types.str) config.time.timeZone "The time zone.";
            };
            http = {
              server_host = option (types.either types.str (types.listOf types.str)) [
                "0.0.0.0"
                "::"
              ] "The addresses at which it listens.";
              server_port = option types.port 8123 "The port at which it listens.";
            };
            lovelace.mode =
              option
                (types.enum [ "yaml" "storage" ])
                (if cfg.lovelaceConfig != null then "yaml" else "storage")
                "Whether the dashboard is `lovelaceConfig`, or what was made in the web interface.";
          };
        }
      );
      default = null;
      example =
        lib.literalExpression ''{ default_config = { }; http.use_x_forwarded_for = true; }'';
      description =
        "The contents of configuration.yaml. Strings such as `!secret name` are YAML's tags. null leaves the file alone.";
    };
    configWritable =
      option
        types.bool
        false
        "Whether configuration.yaml can be changed in the web interface, until the next start.";
    lovelaceConfig =
      option (types.nullOr (types.attrsOf yaml.type)) null "The contents of ui-lovelace.yaml.";
    lovelaceConfigWritable =
      option
        types.bool
        false
        "Whether ui-lovelace.yaml can be changed in the web interface, until the next start.";
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.openFirewall -> cfg.config != null;
        message = "${at "openFirewall"} needs ${at "config"}, which has the port. Set it.";
      }
      {
        assertion = canExtend || options.services.home-assistant.extraPackages.highestPrio >= 1500;
        message =
          "${at "extraPackages"} has no effect: ${at "package"} is not made as nixpkgs' is. Build the package with them.";
      }
    ];
    networking.firewall.allowedTCPPorts =
      lib.optional (cfg.openFirewall && cfg.config != null) cfg.config.http.server_port;
    environment.etc = {
      "home-assistant/configuration.yaml" = mkIf (cfg.config != null && !cfg.configWritable) {
        source = configuration;
      };
      "home-assistant/ui-lovelace.yaml" =
        mkIf (cfg.lovelaceConfig != null && !cfg.lovelaceConfigWritable) { source = lovelace; };
    };
    users.users.hass = {
      description = "Home Assistant";
      isSystemUser = true;
      group = "hass";
      home = cfg.configDir;
      createHome = true;
    };
    users.groups.hass = { };

    systemd.targets.home-assistant = {
      description = "Home Assistant";
      wantedBy = [ "multi-user.target" ];
      wants = [ "home-assistant.service" ];
      after = [ "home-assistant.service" ];
    };
    systemd.services.home-assistant = {
      description = "Home Assistant";
      wants = [ "network-online.target" ];
      after = [ "network-online.target" "mysql.service" "postgresql.service" ];
      reloadTriggers =
        lib.optional (cfg.config != null) configuration
        ++ lib.optional (cfg.lovelaceConfig != null) lovelace;
      path = [ pkgs.debianPackages.iputils-ping ];
      environment = lib.optionalAttrs (package ? pythonPath) { PYTHONPATH = package.pythonPath; };
      preStart = ''
        ${lib.optionalString (cfg.config != null) (place "configuration.yaml" configuration cfg.configWritable)}
        ${lib.optionalString (cfg.lovelaceConfig != null) (place "ui-lovelace.yaml" lovelace cfg.lovelaceConfigWritable)}
        mkdir -p ${directory}/www ${directory}/custom_components
        rm -f ${directory}/www/nixos-lovelace-modules
        ${lib.optionalString (cfg.customLovelaceModules != [ ]) "ln -s ${cards} ${directory}/www/nixos-lovelace-modules"}
        # Links of the configuration before this one.
        find ${directory}/custom_components -maxdepth 1 -type l -lname '${builtins.storeDir}/*' -delete
        ${
          lib.concatMapStrings (component: ''
            find ${component} -name manifest.json | while IFS= read -r manifest; do
              ln -sfn "$(dirname "$manifest")" ${directory}/custom_components/
            done
          '') cfg.customComponents
        }
      '';
      serviceConfig = hardening // {
        ExecStart = "${package}/bin/hass --config ${utils.escapeSystemdExecArg cfg.configDir}";
        ExecReload = "/bin/kill -HUP $MAINPID";
        User = "hass";
        Group = "hass";
        WorkingDirectory = cfg.configDir;
        Restart = "on-failure";
        # It asks so to be started again.
        RestartForceExitStatus = "100";
        SuccessExitStatus = "100";
        KillSignal = "SIGINT";
        AmbientCapabilities = capabilities;
        CapabilityBoundingSet = if capabilities == [ ] then "" else capabilities;
        DevicePolicy = "closed";
        DeviceAllow = lib.optionals usesSerial [
          "char-ttyACM rw"
          "char-ttyAMA rw"
          "char-ttyUSB rw"
        ];
        SupplementaryGroups = lib.optional usesSerial "dialout";
        NoNewPrivileges = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectProc = "invisible";
        ProtectSystem = "strict";
        ReadWritePaths =
          [ cfg.configDir ]
          ++ lib.toList (
            if cfg.config == null then
              [ ]
            else
              cfg.config.homeassistant.allowlist_external_dirs or [ ]
          );
        RemoveIPC = true;
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
          "AF_UNIX"
        ] ++ lib.optional usesBluetooth "AF_BLUETOOTH";
        UMask = "0077";
      };
    };
  };
}
