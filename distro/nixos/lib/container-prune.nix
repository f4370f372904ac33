# Removal of what a container engine no longer uses: the options `autoPrune` that podman and docker share, and their service and timer.
{
  config,
  lib,
  name,
}:
let
  cfg = config.virtualisation.${name}.autoPrune;
in
{
  options = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description =
        "Whether stopped containers, unused networks and images without a name are removed at times.";
    };
    flags = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "--all" ];
      description = "Further options of `${name} system prune`.";
    };
    dates = lib.mkOption {
      type = lib.types.str;
      default = "weekly";
      description = "When, as in systemd.time(7).";
    };
  };

  service = {
    description = "Removal of what ${name} no longer uses";
    restartIfChanged = false;
    unitConfig.X-StopOnRemoval = false;
    serviceConfig.Type = "oneshot";
    script = "exec ${name} system prune -f ${lib.escapeShellArgs cfg.flags}";
    startAt = lib.optional cfg.enable cfg.dates;
  };
}
