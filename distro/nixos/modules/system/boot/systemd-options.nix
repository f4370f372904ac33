# The options of systemd itself: its units by kind, its managers, and its configuration files. systemd.nix makes the files.
{ lib, pkgs, ... }:

let
  inherit (lib) mkOption types;
  unitOptions = import ../../../lib/systemd-unit-options.nix { inherit lib; };

  unitsOf =
    kind: description:
    mkOption {
      type = types.attrsOf (types.submodule { options = unitOptions.${kind}; });
      default = { };
      inherit description;
    };
  listOfUnits =
    kind: description:
    mkOption {
      type = types.listOf (types.submodule { options = unitOptions.${kind}; });
      default = [ ];
      inherit description;
    };
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "systemd" "watchdog" "runtimeTime" ]
      [ "systemd" "settings" "Manager" "RuntimeWatchdogSec" ]
    )
    (lib.mkRenamedOptionModule
      [ "systemd" "watchdog" "rebootTime" ]
      [ "systemd" "settings" "Manager" "RebootWatchdogSec" ]
    )
    (lib.mkRenamedOptionModule
      [ "systemd" "watchdog" "kexecTime" ]
      [ "systemd" "settings" "Manager" "KExecWatchdogSec" ]
    )
    (lib.mkRenamedOptionModule
      [ "systemd" "watchdog" "device" ]
      [ "systemd" "settings" "Manager" "WatchdogDevice" ]
    )
    (lib.mkRenamedOptionModule [ "systemd" "enableEmergencyMode" ] [ "systemd" "emergencyMode" ])
  ];

  options.systemd = {
    package = mkOption {
      type = types.package;
      default = pkgs.systemd;
      defaultText = lib.literalExpression "pkgs.systemd";
      readOnly = true;
      description = "The systemd package. It cannot be set, as each suite of Debian has one.";
    };
    services =
      unitsOf "service" "Definitions of systemd service units, by name without the suffix.";
    sockets = unitsOf "socket" "Definitions of systemd socket units, by name without the suffix.";
    timers = unitsOf "timer" "Definitions of systemd timer units, by name without the suffix.";
    targets = unitsOf "target" "Definitions of systemd target units, by name without the suffix.";
    paths =
      unitsOf
        "path"
        "Definitions of systemd path units, which start a service when a file changes, by name without the suffix.";
    slices = unitsOf "slice" "Definitions of systemd slice units, by name without the suffix.";
    mounts =
      listOfUnits
        "mount"
        "Definitions of systemd mount units. For file systems that are always mounted, use `fileSystems`.";
    automounts =
      listOfUnits
        "automount"
        "Definitions of systemd automount units: the file system is mounted when it is first accessed.";
    units = mkOption {
      type = types.attrsOf (types.submodule { options = unitOptions.unit; });
      default = { };
      description =
        "All units of the system's manager, as the text of their files, by file name. The options for each kind of unit add to it.";
    };
    user = {
      services =
        unitsOf
          "service"
          "Definitions of service units of users' service managers, by name without the suffix.";
      sockets =
        unitsOf
          "socket"
          "Definitions of socket units of users' service managers, by name without the suffix.";
      timers =
        unitsOf
          "timer"
          "Definitions of timer units of users' service managers, by name without the suffix.";
      targets =
        unitsOf
          "target"
          "Definitions of target units of users' service managers, by name without the suffix.";
      paths =
        unitsOf
          "path"
          "Definitions of path units of users' service managers, by name without the suffix.";
      slices =
        unitsOf
          "slice"
          "Definitions of slice units of users' service managers, by name without the suffix.";
      units = mkOption {
        type = types.attrsOf (types.submodule { options = unitOptions.unit; });
        default = { };
        description =
          "All units of users' service managers, as the text of their files, by file name.";
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        example = "DefaultTimeoutStopSec=30s";
        description =
          "Lines to append to the [Manager] section of user.conf, as in systemd-user.conf(5).";
      };
      tmpfiles.rules = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "D %h/.cache/scratch - - - 7d" ];
        description =
          "Files and directories that each user's service manager creates and cleans up, as in tmpfiles.d(5).";
      };
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages that provide units. Setting `wantedBy` of a unit starts it at boot.";
    };
    generators = mkOption {
      type = types.attrsOf types.path;
      default = { };
      example = { systemd-gpt-auto-generator = "/dev/null"; };
      description =
        "Unit generators by name, see systemd.generator(7). `/dev/null` disables a package's generator of that name.";
    };
    defaultUnit = mkOption {
      type = unitOptions.unitName;
      default = "multi-user.target";
      example = "rescue.target";
      description =
        "The unit that is started at boot, if the kernel's command line names no other.";
    };
    ctrlAltDelUnit = mkOption {
      type = unitOptions.unitName;
      default = "reboot.target";
      example = "poweroff.target";
      description = "The unit that is started when Ctrl-Alt-Del is pressed on a virtual console.";
    };
    globalEnvironment = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ]));
      default = { };
      example = { TZ = "CET"; };
      description =
        "Environment variables of all services. The `environment` of a service takes precedence.";
    };
    settings.Manager = mkOption {
      type = types.attrsOf unitOptions.unitOption;
      default = { };
      example = { DefaultTimeoutStopSec = "30s"; };
      description = "Settings of the service manager, as in systemd-system.conf(5).";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "DefaultLimitCORE=infinity";
      description =
        "Lines to append to the [Manager] section of system.conf, as in systemd-system.conf(5).";
    };
    managerEnvironment = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ]));
      default = { };
      example = { SYSTEMD_LOG_LEVEL = "debug"; };
      description = "Environment variables of the service manager itself.";
    };
    emergencyMode = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether a boot that fails, for instance because a file system cannot be mounted, ends in an emergency shell for root.";
    };
    enableCgroupAccounting = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether the manager keeps account of each unit's use of processors, memory and disks. systemd does, by default.";
    };
    suppressedSystemUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "apt-daily.timer" ];
      description = "Units of packages that are masked, so that nothing starts them.";
    };
    upstreamWants = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      internal = true;
      description =
        "Units of packages that a unit starts along, by the name of that unit: what Debian's maintainer scripts would have enabled.";
    };
    upstreamAliases = mkOption {
      type = types.attrsOf types.str;
      default = { };
      internal = true;
      description =
        "Additional names of packages' units: each alias with the unit that it stands for.";
    };
    coredump = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description =
          "Whether systemd-coredump stores the core dumps of crashed programs, which `coredumpctl` then lists. Setting "
          + "this option, or `extraConfig`, installs its package.";
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        example = "MaxUse=1G";
        description = "Lines of the [Coredump] section of coredump.conf, as in coredump.conf(5).";
      };
    };
    sleep.settings.Sleep = mkOption {
      type = types.attrsOf unitOptions.unitOption;
      default = { };
      example = { HibernateDelaySec = "1h"; };
      description = "Settings of the [Sleep] section of sleep.conf, as in systemd-sleep.conf(5).";
    };
    sleep.extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "HibernateDelaySec=1h";
      description = "Lines of the [Sleep] section of sleep.conf, as in systemd-sleep.conf(5).";
    };
  };
}
