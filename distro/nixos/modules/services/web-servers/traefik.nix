# Traefik: a proxy for the web. Debian has no package of it.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  cfg = config.services.traefik;
  toml = pkgs.formats.toml { };
  foreignPackage = import ../../../lib/foreign-package.nix { inherit lib pkgs; };

  dynamicFile =
    if cfg.dynamicConfigFile != null then
      cfg.dynamicConfigFile
    else
      toml.generate "traefik-dynamic.toml" cfg.dynamicConfigOptions;
  staticFile =
    if cfg.staticConfigFile != null then
      cfg.staticConfigFile
    else
      toml.generate "traefik.toml" (
        lib.recursiveUpdate { providers.file.filename = "${dynamicFile}"; } cfg.staticConfigOptions
      );
  substituted = "/run/traefik/config.toml";
in
{
  options.services.traefik = {
    enable = lib.mkEnableOption "Traefik";
    package = foreignPackage {
      option = "services.traefik.package";
      name = "traefik";
    };
    staticConfigFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "A file of what holds while Traefik runs, in place of `staticConfigOptions`.";
    };
    staticConfigOptions = mkOption {
      inherit (toml) type;
      default = { entryPoints.http.address = ":80"; };
      description = "What holds while Traefik runs: where it listens, and where it finds services.";
    };
    dynamicConfigFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "A file of routes and services, in place of `dynamicConfigOptions`.";
    };
    dynamicConfigOptions = mkOption {
      inherit (toml) type;
      default = { };
      example = {
        http.routers.app = {
          rule = "Host(`example.org`)";
          service = "app";
        };
        http.services.app.loadBalancer.servers = [ { url = "http://127.0.0.1:3000"; } ];
      };
      description = "Routes and services.";
    };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/traefik";
      description = "The folder of its certificates.";
    };
    group = mkOption {
      type = types.str;
      default = "traefik";
      example = "docker";
      description = "The group that it runs as; docker's to read of its containers.";
    };
    environmentFiles = mkOption {
      type = types.listOf types.machineFile;
      default = [ ];
      description = "Files of environment variables, as `$NAME` in the static configuration.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.tmpfiles.settings."10-traefik".${cfg.dataDir}.d = {
      user = "traefik";
      group = "traefik";
      mode = "0700";
    };
    users.users.traefik = {
      isSystemUser = true;
      group = "traefik";
      home = cfg.dataDir;
    };
    users.groups.traefik = { };

    systemd.services.traefik = {
      description = "Traefik";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      path = lib.optional (cfg.environmentFiles != [ ]) pkgs.debianPackages.gettext-base;
      preStart = lib.mkIf (cfg.environmentFiles != [ ]) ''
        umask 077
        envsubst < ${staticFile} > ${substituted}
      '';
      startLimitIntervalSec = 86400;
      startLimitBurst = 5;
      serviceConfig = {
        EnvironmentFile = cfg.environmentFiles;
        ExecStart = "${cfg.package}/bin/traefik --configfile=${if cfg.environmentFiles != [ ] then substituted else staticFile}";
        User = "traefik";
        Group = cfg.group;
        Restart = "on-failure";
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        CapabilityBoundingSet = "CAP_NET_BIND_SERVICE";
        NoNewPrivileges = true;
        LimitNPROC = 64;
        LimitNOFILE = 1048576;
        PrivateTmp = true;
        PrivateDevices = true;
        ProtectHome = true;
        ProtectSystem = "full";
        ReadWritePaths = cfg.dataDir;
        RuntimeDirectory = "traefik";
        WorkingDirectory = cfg.dataDir;
      };
    };
  };
}
