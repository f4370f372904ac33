# Caddy: a server of the web that gets its certificates itself.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  lineTypes = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  cfg = config.services.caddy;
  inherit (config.security.acme) certs;
  inherit (import ../../../../lib/formats { inherit lib; }) text;
  checkedFile = import ../../../../lib/checked-file.nix { inherit lib pkgs; };

  at = option: {
    inherit option;
    file = "the Caddyfile";
  };
  word =
    option:
    text.restrict
      "[^[:space:][:cntrl:]{}\"`]+"
      "blanks, quotes, braces or line breaks, nor be empty"
      (at option);
  words = option: lib.concatMapStringsSep " " (word option);
  block = lib.concatMapStrings (line: "  ${line}\n");
  indented = lines: block (lib.filter (line: line != "") (lib.splitString "\n" lines));

  acme = (import ../../../../lib/acme-hosts.nix { inherit config lib; }).wiringOf {
    service = "caddy.service";
    inherit (cfg) group;
    hosts = lib.attrValues cfg.virtualHosts;
    ofShared.group = lib.mkDefault cfg.group;
  };

  virtualHost =
    name: host:
    let
      option = "services.caddy.virtualHosts.${lib.strings.escapeNixIdentifier name}";
      directory = certs.${host.useACMEHost}.directory;
    in
    "${words "${option}.hostName" ([ host.hostName ] ++ host.serverAliases)} {\n"
    + lib.optionalString
      (host.listenAddresses != [ ])
      "  bind ${words "${option}.listenAddresses" host.listenAddresses}\n"
    + lib.optionalString
      (host.useACMEHost != null)
      "  tls ${directory}/cert.pem ${directory}/key.pem\n"
    + lib.optionalString (host.logFormat != null) "  log {\n${indented host.logFormat}  }\n"
    + indented host.extraConfig
    + "}\n";

  generated = checkedFile {
    name = "Caddyfile";
    source = pkgs.writeText "Caddyfile" (
      "{\n${indented cfg.globalConfig}}\n${lib.removeSuffix "\n" cfg.extraConfig}\n"
      + lib.concatStrings (lib.mapAttrsToList virtualHost cfg.virtualHosts)
    );
    packages = [ cfg.package ];
    option = "services.caddy";
    # Whether it can be read: certificates are in the machine alone.
    check =
      ''HOME=$PWD ${cfg.package}/bin/caddy adapt --adapter caddyfile --config "$file" > adapted'';
  };
  settingsFile = pkgs.writeText "caddy.json" (builtins.toJSON cfg.settings);
  arguments =
    "--config ${if cfg.enableReload then "/etc/caddy/caddy_config" else utils.escapeSystemdExecArg cfg.configFile}"
    + lib.optionalString
      (cfg.adapter != null)
      " --adapter ${utils.escapeSystemdExecArg cfg.adapter}";
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "services" "caddy" "agree" ] "Caddy 2 has no such question.")
    (lib.mkRenamedOptionModule [ "services" "caddy" "ca" ] [ "services" "caddy" "acmeCA" ])
    (lib.mkRenamedOptionModule [ "services" "caddy" "config" ] [ "services" "caddy" "extraConfig" ])
  ];

  options.services.caddy = {
    enable = lib.mkEnableOption "Caddy";
    package = lib.mkPackageOption pkgs "caddy" { };
    user = mkOption {
      type = types.str;
      default = "caddy";
      description = "The user that it runs as.";
    };
    group = mkOption {
      type = types.str;
      default = "caddy";
      description = "The group that it runs as.";
    };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/caddy";
      description = "The folder of its certificates.";
    };
    logDir = mkOption {
      type = types.path;
      default = "/var/log/caddy";
      description = "The folder of its logs.";
    };
    logFormat = mkOption {
      type = types.lines;
      default = "level ERROR";
      example = "level INFO";
      description = "Lines of the global block `log`.";
    };
    configFile = mkOption {
      type = types.path;
      default = if cfg.settings != { } then settingsFile else generated;
      defaultText = lib.literalMD "made from the other options";
      description = "The configuration, in place of other options.";
    };
    settings = mkOption {
      type = types.attrsOf (pkgs.formats.json { }).type;
      default = { };
      description = "The configuration as Caddy's JSON, in place of other options.";
    };
    adapter = mkOption {
      type = types.nullOr types.str;
      default =
        if
          cfg.configFile == generated
          || lib.hasPrefix "Caddyfile" (baseNameOf (toString cfg.configFile))
        then
          "caddyfile"
        else
          null;
      defaultText = lib.literalMD "`\"caddyfile\"`, or null if `configFile` has another name";
      description = "The language of `configFile`.";
    };
    resume = mkOption {
      type = types.bool;
      default = false;
      description = "Whether a configuration that it was given while it ran is used again.";
    };
    enableReload = mkOption {
      type = types.bool;
      default = true;
      description = "Whether a changed configuration is reloaded instead of Caddy being restarted.";
    };
    globalConfig = mkOption {
      type = types.lines;
      default = "";
      example = "debug";
      description = "Lines of the global block.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines of the Caddyfile.";
    };
    virtualHosts = mkOption {
      type = types.attrsOf (types.submodule (import ./vhost-options.nix { inherit cfg; }));
      default = { };
      example = {
        "example.org" = {
          serverAliases = [ "www.example.org" ];
          extraConfig = "reverse_proxy 127.0.0.1:3000";
        };
      };
      description = "What it serves, by the names of hosts.";
    };
    acmeCA = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "https://acme-staging-v02.api.letsencrypt.org/directory";
      description = "The directory of the authority of certificates, in place of Caddy's own.";
    };
    email = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The address of the account at the authority.";
    };
    environmentFile = mkOption {
      type = types.nullOr lineTypes.machineFile;
      default = null;
      example = "/run/secrets/caddy.env";
      description = "A file of environment variables, as `{$NAME}` in the configuration.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets `httpPort` and `httpsPort` in.";
    };
    httpPort = mkOption {
      type = types.port;
      default = 80;
      description = "The port of http.";
    };
    httpsPort = mkOption {
      type = types.port;
      default = 443;
      description = "The port of https.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.caddy.globalConfig = lib.mkBefore (
      lib.optionalString (cfg.email != null) "email ${word "services.caddy.email" cfg.email}\n"
      + lib.optionalString
        (cfg.acmeCA != null)
        "acme_ca ${word "services.caddy.acmeCA" cfg.acmeCA}\n"
      + lib.optionalString (cfg.httpPort != 80) "http_port ${toString cfg.httpPort}\n"
      + lib.optionalString (cfg.httpsPort != 443) "https_port ${toString cfg.httpsPort}\n"
      + "log {\n${indented cfg.logFormat}}\n"
    );

    security.acme.certs = acme.definition;

    environment.etc."caddy/caddy_config".source = cfg.configFile;
    environment.systemPackages = [ cfg.package ];
    networking.firewall = lib.mkIf cfg.openFirewall {
      allowedTCPPorts = [ cfg.httpPort cfg.httpsPort ];
      allowedUDPPorts = [ cfg.httpsPort ];
    };
    # As much as QUIC asks for.
    boot.kernel.sysctl."net.core.rmem_max" = lib.mkDefault 2500000;
    boot.kernel.sysctl."net.core.wmem_max" = lib.mkDefault 2500000;

    users = import ../../../../lib/service-account.nix { inherit lib; } "caddy" {
      inherit (cfg) user group;
      home = cfg.dataDir;
    };

    systemd.services.caddy = {
      description = "Caddy";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ] ++ acme.baseServices;
      after = [
        "network.target"
        "network-online.target"
      ] ++ acme.baseServices;
      before = acme.orderServices;
      startLimitIntervalSec = 14400;
      startLimitBurst = 10;
      reloadTriggers = lib.optional cfg.enableReload cfg.configFile;
      restartTriggers = lib.optional (!cfg.enableReload) cfg.configFile;
      environment = lib.mkIf (cfg.dataDir != "/var/lib/caddy") { XDG_DATA_HOME = cfg.dataDir; };
      serviceConfig = {
        Type = "notify";
        User = cfg.user;
        Group = cfg.group;
        ExecStart = "${cfg.package}/bin/caddy run ${arguments}${lib.optionalString cfg.resume " --resume"}";
        ExecReload = "${cfg.package}/bin/caddy reload ${arguments} --force";
        EnvironmentFile = lib.mkIf (cfg.environmentFile != null) cfg.environmentFile;
        StateDirectory = lib.mkIf (cfg.dataDir == "/var/lib/caddy") [ "caddy" ];
        LogsDirectory = lib.mkIf (cfg.logDir == "/var/log/caddy") [ "caddy" ];
        ReadWritePaths = [ "-${cfg.dataDir}" "-${cfg.logDir}" ];
        TimeoutStopSec = "5s";
        Restart = "on-failure";
        RestartPreventExitStatus = 1;
        RestartSec = "5s";
        LimitNOFILE = 1048576;
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "full";
      };
    };
  };
}
