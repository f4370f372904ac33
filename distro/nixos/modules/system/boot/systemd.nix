# systemd: the files of its units, its configuration files, and the units of Debian that a virtual machine does not need.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  cfg = config.systemd;
  unitFiles = import ../../../lib/systemd-units.nix { inherit lib pkgs; };
  inherit (unitFiles) unitsByName unitsByPlace unitsDirectory wantsLinks;
  inherit (import ../../../lib/formats/text.nix { inherit lib; }) fileName;
  inherit (unitFiles.format) assignment attrsToSection settingValue settingsToText;

  escape = (import ../../../lib/systemd-escape.nix { inherit lib; }).escapeSystemdPath;

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
    // lib.optionalAttrs (!cfg.enableCgroupAccounting) (
      lib.genAttrs [
        "DefaultCPUAccounting"
        "DefaultIOAccounting"
        "DefaultMemoryAccounting"
        "DefaultTasksAccounting"
      ] (_: false)
    )
    // cfg.settings.Manager;

  # Services of the system's manager and of users', each with its option's name.
  allServices =
    let
      named =
        set: lib.mapAttrsToList (name: s: s // { option = lib.showOption (set ++ [ name ]); });
    in
    named [ "systemd" "services" ] cfg.services
    ++ named [ "boot" "initrd" "systemd" "services" ] config.boot.initrd.systemd.services
    ++ named [ "systemd" "user" "services" ] cfg.user.services;
  serviceAssertions = s: [
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

  # systemd takes the user of the unit's name if there is one; it makes none whose name is a group's (dynamic_user_realize).
  dynamicUserAssertions = lib.concatLists (
    lib.mapAttrsToList (
      name: s:
      let
        user = s.serviceConfig.User or (lib.head (lib.splitString "@" name));
      in
      lib.optional
        (lib.elem (s.serviceConfig.DynamicUser or false) [ true "true" "yes" "on" "1" ])
        {
          assertion = config.users.users ? ${user} || !(config.users.groups ? ${user});
          message =
            "systemd.services.${name}.serviceConfig has DynamicUser, and the user would be \"${user}\", which is the name of a group: "
            + "systemd refuses it. Set User to another name.";
        }
    ) cfg.services
  );

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

  # Those of binfmt_misc are needed where something is registered.
  needed = lib.optionals (config.boot.binfmt.registrations != { }) [
    "systemd-binfmt.service"
    "proc-sys-fs-binfmt_misc.automount"
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
  config = {
    systemd.units =
      unitsByName [ "systemd" ] cfg cfg.globalEnvironment // unitsByPlace [ "systemd" ] cfg;
    systemd.user.units = unitsByName [ "systemd" "user" ] cfg.user { };
    systemd.timers = timersFor [ "systemd" "services" ] cfg.services;
    boot.initrd.systemd.timers = lib.mkIf config.boot.initrd.systemd.enable (
      timersFor [ "boot" "initrd" "systemd" "services" ] config.boot.initrd.systemd.services
    );
    systemd.user.timers = timersFor [ "systemd" "user" "services" ] cfg.user.services;

    systemd.suppressedSystemUnits =
      lib.subtractLists needed needless ++ lib.optional (!cfg.emergencyMode) "emergency.service";
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
        // wantsLinks (n: "/usr/lib/systemd/system/${n}") cfg.upstreamWants
        // wantsLinks (_: "/dev/null") cfg.suppressedUpstreamWants
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
      // lib.optionalAttrs (cfg.sleep.extraConfig != "" || cfg.sleep.settings.Sleep != { }) {
        "systemd/sleep.conf".text =
          "[Sleep]\n"
          + attrsToSection {
            option = "systemd.sleep.settings.Sleep";
            file = "sleep.conf";
          } cfg.sleep.settings.Sleep
          + cfg.sleep.extraConfig;
      };

    # Turns off what systemd looks for in vain in a virtual machine (partitions by type, ssh over vsock), and what is done when the image
    # is made.
    boot.kernelParams = [
      "systemd.gpt_auto=0"
      "systemd.ssh_auto=no"
      "systemd.condition_needs_update=0"
    ];

    assertions = lib.concatMap serviceAssertions allServices ++ dynamicUserAssertions;
    warnings = onlineWarnings;

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
