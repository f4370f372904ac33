# systemd: units from options, its configuration files, and the units of Debian's that a virtual machine does not need.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.systemd;
  unitOptions = import ../../../lib/systemd-unit-options.nix { inherit lib; };
  unitFiles = import ../../../lib/systemd-units.nix { inherit lib pkgs; };
  inherit (unitFiles) toUnit unitsDirectory;
  inherit (import ../../../lib/formats/text.nix { inherit lib; }) fileName;
  inherit (unitFiles.format) assignment settingValue settingsToText unitName;

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

  escape = (import ../../../lib/systemd-escape.nix { inherit lib; }).escapeSystemdPath;

  # The units of one option; `set' is the option's path.
  byName =
    set: kind: environment: units:
    let
      name = unitName {
        file = "the directory of units";
        option = lib.showOption set;
      };
    in
    lib.mapAttrs' (
      n: u: lib.nameValuePair "${name n}.${kind}" (toUnit set kind environment n u)
    ) units;
  byPlace =
    kind: units:
    builtins.listToAttrs (
      map (
        u:
        let
          name = "${escape u.where}.${kind}";
        in
        {
          inherit name;
          value = toUnit [ "systemd" "${kind}s" ] kind { } name u;
        }
      ) units
    );

  allUnits =
    set: s: environment:
    byName (set ++ [ "services" ]) "service" environment s.services
    // byName (set ++ [ "sockets" ]) "socket" { } s.sockets
    // byName (set ++ [ "timers" ]) "timer" { } s.timers
    // byName (set ++ [ "targets" ]) "target" { } s.targets
    // byName (set ++ [ "paths" ]) "path" { } s.paths
    // byName (set ++ [ "slices" ]) "slice" { } s.slices;

  # The same warning as NixOS's: `after` alone does not start the target, so the unit would not wait for it.
  warnOfOnline =
    kind: name: u:
    lib.optional
      (
        lib.elem "network-online.target" u.after
        && !(lib.elem "network-online.target" (u.wants ++ u.requires ++ u.bindsTo))
      )
      (
        "${name}.${kind} is ordered after 'network-online.target' but doesn't depend on it, so it may start before the network is "
        + "online. Add `wants = [ \"network-online.target\" ];' beside its `after'."
      );
  onlineWarnings = lib.concatLists (
    lib.concatMap (kind: lib.mapAttrsToList (warnOfOnline kind) cfg."${kind}s") [
      "service"
      "socket"
      "timer"
      "target"
      "path"
      "slice"
    ]
    ++ lib.concatMap (kind: map (u: warnOfOnline kind (escape u.where) u) cfg."${kind}s") [
      "mount"
      "automount"
    ]
  );

  # The timers for services' `startAt`.
  timersFor =
    set: services:
    lib.mapAttrs (name: s: {
      wantedBy = [ "timers.target" ];
      timerConfig.OnCalendar =
        map
          (settingValue {
            file = "a timer";
            option = lib.showOption (set ++ [ name "startAt" ]);
          })
          s.startAt;
    }) (lib.filterAttrs (_: s: s.enable && s.startAt != [ ]) services);

  # All variables of an option as one quoted setting.
  assignments =
    option: variables:
    lib.concatStringsSep " " (
      lib.mapAttrsToList
        (assignment {
          inherit option;
          file = "system.conf";
        })
        (lib.filterAttrs (_: v: v != null) variables)
    );

  # Declared services have the global variables in their units; these are for the services of packages.
  managerSettings =
    lib.optionalAttrs (cfg.globalEnvironment != { }) {
      DefaultEnvironment = assignments "systemd.globalEnvironment" cfg.globalEnvironment;
    }
    // lib.optionalAttrs (cfg.managerEnvironment != { }) {
      ManagerEnvironment = assignments "systemd.managerEnvironment" cfg.managerEnvironment;
    }
    // cfg.settings.Manager;

  # Services of the system's manager and of users', each with its option's name.
  allServices =
    let
      named =
        set: lib.mapAttrsToList (name: s: s // { option = lib.showOption (set ++ [ name ]); });
    in
    named [ "systemd" "services" ] cfg.services
    ++ named [ "systemd" "user" "services" ] cfg.user.services;
  serviceAssertions = s: [
    {
      assertion = !s.confinement.enable;
      message =
        "${s.option}.confinement is not available: a service cannot be confined to the files that it needs. Remove the setting.";
    }
    {
      assertion =
        s.serviceConfig.Type or "" != "oneshot"
        || !(lib.elem (s.serviceConfig.Restart or "no") [ "always" "on-success" ]);
      message =
        "${s.option}.serviceConfig has Type=oneshot, with which Restart=${
          s.serviceConfig.Restart or ""
        } is not possible. Change one of them.";
    }
  ];

  # Units whose work is done when the image is made (caches, accounts, the machine's id), units for hardware that virtual machines lack,
  # and hooks for programs that are not installed. Each would start a process or more at every boot.
  needless = [
    "ldconfig.service"
    "systemd-binfmt.service"
    "systemd-boot-update.service"
    "systemd-confext.service"
    "systemd-firstboot.service"
    "systemd-hibernate-clear.service"
    "systemd-hibernate-resume.service"
    "systemd-hwdb-update.service"
    "systemd-initctl.socket"
    "systemd-journal-catalog-update.service"
    "systemd-machine-id-commit.service"
    "systemd-pcrextend.socket"
    "systemd-pcrlock.socket"
    "systemd-pcrmachine.service"
    "systemd-pcrphase-sysinit.service"
    "systemd-pcrphase.service"
    "systemd-sysext.service"
    "systemd-sysext.socket"
    "systemd-sysusers.service"
    "systemd-tpm2-setup-early.service"
    "systemd-tpm2-setup.service"
    "systemd-udev-load-credentials.service"
    "systemd-update-done.service"
    "proc-sys-fs-binfmt_misc.automount"
    "sys-kernel-debug.mount"
    "sys-kernel-tracing.mount"
    "getty-static.service"
  ];

  # Generators of units that this system has no use for: for scripts of System V's init, partitions found by their type, ssh over vsock.
  needlessGenerators = [
    "gpt-auto"
    "hibernate-resume"
    "rc-local"
    "ssh"
    "system-update"
    "sysv"
    "tpm2"
  ];
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
    sleep.extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "HibernateDelaySec=1h";
      description = "Lines of the [Sleep] section of sleep.conf, as in systemd-sleep.conf(5).";
    };
  };

  config = {
    systemd.units =
      allUnits [ "systemd" ] cfg cfg.globalEnvironment
      // byPlace "mount" cfg.mounts
      // byPlace "automount" cfg.automounts;
    systemd.user.units = allUnits [ "systemd" "user" ] cfg.user { };
    systemd.timers = timersFor [ "systemd" "services" ] cfg.services;
    systemd.user.timers = timersFor [ "systemd" "user" "services" ] cfg.user.services;

    systemd.suppressedSystemUnits =
      needless ++ lib.optional (!cfg.emergencyMode) "emergency.service";
    systemd.generators = builtins.listToAttrs (
      map (g: {
        name = "systemd-${g}-generator";
        value = lib.mkDefault "/dev/null";
      }) needlessGenerators
    );

    system.build.units = unitsDirectory {
      name = "system-units";
      inherit (cfg) units;
      masked = cfg.suppressedSystemUnits;
      upstream = "/usr/lib/systemd/system";
      links =
        {
          "default.target" = "/usr/lib/systemd/system/${cfg.defaultUnit}";
          "ctrl-alt-del.target" = "/usr/lib/systemd/system/${cfg.ctrlAltDelUnit}";
        }
        // builtins.listToAttrs (
          lib.concatLists (
            lib.mapAttrsToList (
              target: names:
              map (n: {
                name = "${target}.wants/${n}";
                value = "/usr/lib/systemd/system/${n}";
              }) names
            ) cfg.upstreamWants
          )
        )
        // builtins.listToAttrs (
          lib.concatLists (
            lib.mapAttrsToList (
              target: names:
              map (n: {
                name = "${target}.wants/${n}";
                value = "/dev/null";
              }) names
            ) cfg.suppressedUpstreamWants
          )
        )
        // lib.mapAttrs (_: n: "/usr/lib/systemd/system/${n}") cfg.upstreamAliases;
    };

    system.build.userUnits = unitsDirectory {
      name = "user-units";
      inherit (cfg.user) units;
      upstream = "/usr/lib/systemd/user";
    };

    environment.systemPackages = cfg.packages;

    # Both directories are links: only the configuration changes them, not `systemctl enable`.
    environment.etc =
      {
        "systemd/system".source = config.system.build.units;
        "systemd/user".source = config.system.build.userUnits;
        "systemd/system.conf".text =
          settingsToText {
            option = "systemd.settings";
            file = "system.conf";
          } { Manager = managerSettings; }
          + lib.optionalString (cfg.extraConfig != "") "\n[Manager]\n${cfg.extraConfig}\n";
      }
      // lib.mapAttrs' (
        name: source:
        lib.nameValuePair
          "systemd/system-generators/${fileName { option = "systemd.generators"; file = "/etc/systemd/system-generators"; } name}"
          { inherit source; }
      ) cfg.generators
      // {
        # It makes units from desktops' files in /etc/xdg/autostart.
        "systemd/user-generators/systemd-xdg-autostart-generator".source =
          lib.mkDefault "/dev/null";
      }
      // lib.optionalAttrs (cfg.user.extraConfig != "") {
        "systemd/user.conf".text = "[Manager]\n${cfg.user.extraConfig}";
      }
      // lib.optionalAttrs (cfg.coredump.extraConfig != "") {
        "systemd/coredump.conf".text = "[Coredump]\n${cfg.coredump.extraConfig}";
      }
      // lib.optionalAttrs (cfg.sleep.extraConfig != "") {
        "systemd/sleep.conf".text = "[Sleep]\n${cfg.sleep.extraConfig}";
      };

    # Turns off what systemd looks for in vain in a virtual machine (partitions by type, ssh over vsock), and what is done when the image
    # is made.
    boot.kernelParams = [
      "systemd.gpt_auto=0"
      "systemd.ssh_auto=no"
      "systemd.condition_needs_update=0"
    ];

    assertions = lib.concatMap serviceAssertions allServices;
    warnings =
      onlineWarnings
      ++ lib.concatMap (
        s:
        lib.optional
          s.enableStrictShellChecks
          "${s.option}.enableStrictShellChecks has no effect: scripts are not checked, as no command is run while building. Remove it."
      ) allServices;

    # It is a separate package in Debian. Without it the kernel writes core dumps itself.
    system.basePackages =
      lib.optional
        (
          cfg.coredump.enable
          && (cfg.coredump.extraConfig != "" || options.systemd.coredump.enable.highestPrio < 1500)
        )
        "systemd-coredump";
  };
}
