# Btrfs: file systems are read at regular times, so that damage is found while another copy can mend it.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.btrfs.autoScrub;
  devices = lib.unique (
    map (fs: toString fs.device) (
      builtins.filter (fs: fs.fsType == "btrfs") (lib.attrValues config.fileSystems)
    )
  );
  mountPointsOf =
    device:
    map (fs: fs.mountPoint) (
      builtins.filter (fs: fs.fsType == "btrfs" && fs.device == device) (
        lib.attrValues config.fileSystems
      )
    );
  unitOf = mountPoint: "btrfs-scrub-${utils.escapeSystemdPath mountPoint}";
  units = f: lib.listToAttrs (map (fs: lib.nameValuePair (unitOf fs) (f fs)) cfg.fileSystems);
in
{
  options.services.btrfs.autoScrub = {
    enable = lib.mkEnableOption "checks of Btrfs file systems at regular times";
    fileSystems = mkOption {
      type = types.listOf types.path;
      # A device may be mounted several times, and is checked once.
      default = map (device: lib.head (mountPointsOf device)) devices;
      defaultText = lib.literalMD "one mount point of each Btrfs file system in `fileSystems`";
      example = [ "/" ];
      description = "Mount points of the file systems that are checked.";
    };
    interval = mkOption {
      type = types.str;
      default = "monthly";
      description = "When, as in systemd.time(7).";
    };
    limit = mkOption {
      type = types.nullOr (types.strMatching "[0-9]+[KMGT]?");
      default = null;
      example = "100M";
      description = "How many bytes are read in a second at most.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.fileSystems != [ ];
        message =
          "services.btrfs.autoScrub has nothing to check: no file system is of the type btrfs. Set services.btrfs.autoScrub.fileSystems.";
      }
    ];
    environment.systemPackages = [ pkgs.btrfs-progs ];
    systemd.services = units (fs: {
      description = "Check of the Btrfs file system at ${fs}";
      # Otherwise a suspend would wait for a check of hours.
      conflicts = [ "shutdown.target" "sleep.target" ];
      before = [ "shutdown.target" "sleep.target" ];
      unitConfig.RequiresMountsFor = fs;
      restartIfChanged = false;
      serviceConfig = {
        Type = "simple";
        Nice = 19;
        IOSchedulingClass = "idle";
        ExecStart = utils.escapeSystemdExecArgs (
          [ "/usr/bin/btrfs" "scrub" "start" "-B" ]
          ++ lib.optionals (cfg.limit != null) [ "--limit" cfg.limit ]
          ++ [ fs ]
        );
        ExecStopPost = pkgs.writeShellScript "btrfs-scrub-stop" ''
          # A check that has ended cannot be cancelled, which is no error.
          /usr/bin/btrfs scrub status ${lib.escapeShellArg fs} | grep -q running || exit 0
          exec /usr/bin/btrfs scrub cancel ${lib.escapeShellArg fs}
        '';
      };
    });
    systemd.timers = units (fs: {
      description = "Checks of the Btrfs file system at ${fs}";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = cfg.interval;
        AccuracySec = "1d";
        Persistent = true;
      };
    });
  };
}
