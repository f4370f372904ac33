# systemd: units from options, its configuration files, and which of Debian's units have no work in a virtual machine.
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

  # The units of one option: `set' is its path.
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

  # As NixOS warns: `after` alone starts nothing, so that nothing is waited for.
  warnOfOnline =
    kind: name: u:
    lib.optional
      (
        lib.elem "network-online.target" u.after
        && !(lib.elem "network-online.target" (u.wants ++ u.requires ++ u.bindsTo))
      )
      (
        "${name}.${kind} is ordered after 'network-online.target' but doesn't depend on it, so that it may start before the network is "
        + "there. Add `wants = [ \"network-online.target\" ];' beside its `after'."
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

  # startAt makes a timer of the service's name.
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

  # Variables of one option in one setting, quoted.
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

  # Services that are declared here have the global variables in their units; this is for those of packages.
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
      message = "${s.option}.confinement is not available.";
    }
    {
      assertion =
        s.serviceConfig.Type or "" != "oneshot"
        || !(lib.elem (s.serviceConfig.Restart or "no") [ "always" "on-success" ]);
      message =
        "${s.option}: a service of Type=oneshot cannot have Restart=${s.serviceConfig.Restart or ""}.";
    }
  ];

  # Work that is done when the image is made (caches, accounts, the machine's id), hardware that a virtual machine has none of, and
  # hooks for programs that are not there. Each would cost a process or more at every boot.
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

  # Programs that would make units of what this system does not have: scripts of System V's init, partitions to find by type,
  # ssh over vsock.
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
      description = "The package of systemd. A suite has one.";
    };
    services = unitsOf "service" "Services, by name.";
    sockets = unitsOf "socket" "Sockets, by name.";
    timers = unitsOf "timer" "Timers, by name.";
    targets = unitsOf "target" "Targets, by name.";
    paths = unitsOf "path" "Watched paths, by name.";
    slices = unitsOf "slice" "Slices, by name.";
    mounts =
      listOfUnits "mount" "Mounts. For file systems that are always there use `fileSystems`.";
    automounts = listOfUnits "automount" "Mounts that are made when first used.";
    units = mkOption {
      type = types.attrsOf (types.submodule { options = unitOptions.unit; });
      default = { };
      description = "All units as text, by file name.";
    };
    user = {
      services = unitsOf "service" "Services of each user's own manager.";
      sockets = unitsOf "socket" "Sockets of each user's own manager.";
      timers = unitsOf "timer" "Timers of each user's own manager.";
      targets = unitsOf "target" "Targets of each user's own manager.";
      paths = unitsOf "path" "Watched paths of each user's own manager.";
      slices = unitsOf "slice" "Slices of each user's own manager.";
      units = mkOption {
        type = types.attrsOf (types.submodule { options = unitOptions.unit; });
        default = { };
        description = "All units of users' managers as text, by file name.";
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Further lines of user.conf's [Manager] section.";
      };
      tmpfiles.rules = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Rules of systemd-tmpfiles for all users.";
      };
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description =
        "Packages whose units may be used. Debian's are then in /usr/lib/systemd/system.";
    };
    generators = mkOption {
      type = types.attrsOf types.path;
      default = { };
      description = "Unit generators; `/dev/null` turns off one of a package.";
    };
    defaultUnit = mkOption {
      type = unitOptions.unitName;
      default = "multi-user.target";
      description = "What a boot starts.";
    };
    ctrlAltDelUnit = mkOption {
      type = unitOptions.unitName;
      default = "reboot.target";
      description = "What ctrl-alt-del on the console starts.";
    };
    globalEnvironment = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ]));
      default = { };
      description = "Variables of all services that are declared here.";
    };
    settings.Manager = mkOption {
      type = types.attrsOf unitOptions.unitOption;
      default = { };
      example = { DefaultTimeoutStopSec = "30s"; };
      description = "Settings of system.conf.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "DefaultLimitCORE=infinity";
      description = "Further lines of system.conf's [Manager] section.";
    };
    managerEnvironment = mkOption {
      type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ]));
      default = { };
      description = "Variables of systemd itself.";
    };
    emergencyMode = mkOption {
      type = types.bool;
      default = true;
      description = "Whether a failed start of local file systems ends in a shell for root.";
    };
    suppressedSystemUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Units of packages that are masked.";
    };
    upstreamWants = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      internal = true;
      description =
        "Units of packages that are started along with a unit: what a maintainer script would have enabled.";
    };
    upstreamAliases = mkOption {
      type = types.attrsOf types.str;
      default = { };
      internal = true;
      description = "Further names of packages' units.";
    };
    coredump = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description =
          "Whether core dumps are kept by systemd-coredump where its package is there, which setting this, or `extraConfig`, brings along.";
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Lines of coredump.conf's [Coredump] section.";
      };
    };
    sleep.extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines of sleep.conf's [Sleep] section.";
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

    # Both as a whole: `systemctl enable` cannot change them, the configuration does.
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
        # Of desktops' files in /etc/xdg/autostart.
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

    # What systemd finds out by itself and a virtual machine's image has not (partitions by type, ssh over vsock), and what was done when
    # the image was made.
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
          "The option `${s.option}.enableStrictShellChecks' has no effect: nothing is run while building that could check scripts."
      ) allServices;

    # Debian has it in a package of its own, without which the kernel writes core dumps itself.
    system.basePackages =
      lib.optional
        (
          cfg.coredump.enable
          && (cfg.coredump.extraConfig != "" || options.systemd.coredump.enable.highestPrio < 1500)
        )
        "systemd-coredump";
  };
}
