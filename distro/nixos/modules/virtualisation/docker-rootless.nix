# docker's daemon for each user, without root.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.docker.rootless;
  json = pkgs.formats.json { };
in
{
  options.virtualisation.docker.rootless = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether users have a daemon of docker of their own, at `unix://$XDG_RUNTIME_DIR/docker.sock`, whose containers have no "
        + "more rights than they.";
    };
    package = lib.mkPackageOption pkgs "docker" { };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.criu ]";
      description = "Packages whose programs the daemon can use.";
    };
    setSocketVariable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the program docker uses the user's own daemon, by `DOCKER_HOST`.";
    };
    daemon.settings = mkOption {
      type = types.attrsOf json.type;
      default = { };
      example = { ipv6 = true; };
      description = "Settings of the daemon, as in `virtualisation.docker.daemon.settings`.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [
      cfg.package
      pkgs.rootlesskit
      pkgs.slirp4netns
      pkgs.debianPackages.dbus-user-session
      pkgs.debianPackages.uidmap
    ] ++ cfg.extraPackages;

    environment.extraInit = lib.mkIf cfg.setSocketVariable ''
      if [ -z "$DOCKER_HOST" ] && [ -n "$XDG_RUNTIME_DIR" ]; then
        export DOCKER_HOST="unix://$XDG_RUNTIME_DIR/docker.sock"
      fi
    '';

    systemd.user.services.docker = {
      description = "docker without root";
      wantedBy = [ "default.target" ];
      environment = config.networking.proxy.envVars // { PATH = "/usr/sbin:/usr/bin"; };
      unitConfig = {
        ConditionUser = "!root";
        StartLimitInterval = "60s";
      };
      serviceConfig = {
        Type = "notify";
        ExecStart = "/usr/share/docker.io/contrib/dockerd-rootless.sh --config-file=${json.generate "daemon.json" cfg.daemon.settings}";
        ExecReload = "/usr/bin/kill -s HUP $MAINPID";
        TimeoutSec = 0;
        RestartSec = 2;
        Restart = "always";
        StartLimitBurst = 3;
        LimitNOFILE = "infinity";
        LimitNPROC = "infinity";
        LimitCORE = "infinity";
        Delegate = true;
        NotifyAccess = "all";
        KillMode = "mixed";
      };
    };
  };
}
