# The initrd whose process 1 is systemd: Debian's own systemd, the tools that are asked for, units. Its file list is computed here; a
# built-in builder packs it. Units that the system itself does not need at that time are not in it: each costs a process.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.boot.initrd.systemd;
  inherit (config.boot) initrd;
  inherit (import ../../../../lib/formats { inherit lib; }) text;
  set = [ "boot" "initrd" "systemd" ];
  unitFiles = import ../../../../lib/systemd-units.nix { inherit lib pkgs; };
  inherit (unitFiles) unitsByName unitsByPlace unitsDirectory wantsLinks;
  inherit (unitFiles.format) assignment settingsToText;
  kernel = config.boot.kernelPackages.kernel;

  base = import ./contents.nix;
  inherit (base) applets wants;

  suppressed = n: lib.elem n cfg.suppressedUnits;
  kept = lib.filterAttrs (n: _: !(suppressed n)) cfg.units;
  units = unitsDirectory {
    name = "initrd-units";
    option = "boot.initrd.systemd.units";
    upstream = "/usr/lib/systemd/system";
    # The generator's unit for root= on the kernel's command line takes precedence over it there.
    units = removeAttrs kept [ "sysroot.mount" ];
    links =
      { "default.target" = "/usr/lib/systemd/system/initrd.target"; }
      // wantsLinks (n: "/usr/lib/systemd/system/${n}") (
        lib.mapAttrs (_: builtins.filter (n: !(suppressed n))) wants
      )
      // lib.optionalAttrs (kept ? "sysroot.mount") {
        "initrd-root-fs.target.requires/sysroot.mount" = "/usr/lib/systemd/system/sysroot.mount";
      };
  };

  # Units' scripts, and other store paths that units name. Debian's packages are in the initrd's own tree.
  mentioned =
    string:
    map builtins.head (
      builtins.filter builtins.isList (
        builtins.split "(/nix/store/[a-z0-9]{32}-[-+._?=a-zA-Z0-9]+)" (
          builtins.unsafeDiscardStringContext string
        )
      )
    );
  unitTexts = map (u: toString u.text) (lib.attrValues kept);
  named = lib.unique (lib.concatMap mentioned unitTexts);
  mentionedPackages = lib.unique (
    pkgs.debianRoots (
      unitTexts
      ++ map toString (lib.attrValues cfg.extraBin)
      ++ map toString cfg.storePaths
      ++ map (c: toString c.source) sources
    )
  );
  packagePaths = map (name: pkgs.debianPackages.${name}) mentionedPackages;
  isPackage =
    path: lib.elem path (map (p: builtins.unsafeDiscardStringContext "${p}") packagePaths);

  contents = builtins.filter (c: c.enable) (lib.attrValues cfg.contents);
  texts = builtins.filter (c: c.text != null) contents;
  sources = builtins.filter (c: c.text == null) contents;

  access =
    if cfg.emergencyAccess == true then
      "yes"
    else if builtins.isString cfg.emergencyAccess then
      "password"
    else
      "no";

  link = path: target: { inherit path target; };
  hasCommands = initrd.postMountCommands != "";
  commandsFile = "/etc/post-mount-commands";
  etc = pkgs.builtinDerivation "tree" {
    name = "initrd-etc";
    entries =
      map (c: {
        path = lib.removePrefix "/" c.target;
        inherit (c) text;
      }) texts
      ++ lib.optional (kept ? "sysroot.mount") {
        path = "usr/lib/systemd/system/sysroot.mount";
        inherit (kept."sysroot.mount") text;
      }
      ++ [
        (link "init" "usr/lib/systemd/systemd")
        (link "usr/bin/sh" "bash")
        (link "etc/mtab" "/proc/self/mounts")
      ]
      # NixOS' name of it in such commands.
      ++ lib.optional hasCommands (link "mnt-root" "sysroot")
      ++ map (applet: link "usr/bin/${applet}" "busybox") applets
      ++ map (directory: {
        path = directory;
        mode = "directory";
      }) [ "dev" "proc" "sys" "run" "sysroot" "tmp" "var" "root" ]
      ++ lib.mapAttrsToList (name: program: link "usr/bin/${name}" "${program}") (
        lib.filterAttrs (_: program: isPackage (storePathOf program)) cfg.extraBin
      );
  };
  # Several packages of Debian as one have no file of their own.
  binPackages = lib.concatMap (p: p.debianParts or [ p ]) cfg.initrdBin;
  storePathOf = path: builtins.head (mentioned "${path}" ++ [ "" ]);
in
{
  config = lib.mkIf cfg.enable {
    assertions = map (name: {
      assertion = initrd.${name} == "";
      message = "boot.initrd.${name} is not available in an initrd with systemd, which is used because of ${
        lib.concatStringsSep ", " (
          if initrd.needsSystemd == [ ] then
            [ "boot.initrd.systemd.enable" ]
          else
            initrd.needsSystemd
        )
      }. Make a service of it: boot.initrd.systemd.services, with `before' or `after' sysroot.mount.";
    }) [ "preDeviceCommands" "postDeviceCommands" ];

    boot.initrd.availableKernelModules = [ "autofs4" ];
    boot.initrd.systemd = {
      units = unitsByName set cfg { } // unitsByPlace set cfg;

      packages = [
        "bash"
        "busybox-static"
        "e2fsprogs"
        "kmod"
        "mount"
        "systemd"
        "udev"
        "util-linux"
      ] ++ map (p: p.debianPackage) binPackages;
      files =
        base.files
        ++ map (n: "usr/lib/systemd/system/${n}") (
          builtins.filter (n: !(suppressed n)) cfg.additionalUpstreamUnits
        );
      optionalFiles =
        base.optionalFiles
        ++ map (n: "usr/lib/systemd/system/${n}") (builtins.filter (n: !(suppressed n)) base.units);

      contents = {
        "/etc/initrd-release".text = config.environment.etc.os-release.text;
        "/etc/os-release".text = config.environment.etc.os-release.text;
        "/etc/hostname".text = "${config.networking.hostName}\n";
        ${if hasCommands then commandsFile else null}.text = initrd.postMountCommands;
        "/etc/shadow".text = "root:${
          if access == "password" then
            text.restrict "[^[:space:][:cntrl:]:]*" "blanks, line breaks or colons" {
              option = "boot.initrd.systemd.emergencyAccess";
              file = "/etc/shadow";
            } cfg.emergencyAccess
          else
            "*"
        }:::::::\n";
        "/etc/modules-load.d/nixos.conf".text = lib.concatMapStrings (
          m: "${m}\n"
        ) initrd.kernelModules;
        "/etc/systemd/system.conf".text =
          settingsToText
            {
              option = "boot.initrd.systemd.settings";
              file = "system.conf";
            }
            {
              Manager =
                lib.optionalAttrs (cfg.managerEnvironment != { }) {
                  ManagerEnvironment = lib.concatStringsSep " " (
                    lib.mapAttrsToList
                      (assignment {
                        option = "boot.initrd.systemd.managerEnvironment";
                        file = "system.conf";
                      })
                      (lib.filterAttrs (_: v: v != null) cfg.managerEnvironment)
                  );
                }
                // cfg.settings.Manager;
            };
        "/etc/modprobe.d/nixos.conf" = lib.mkIf (config.environment.etc ? "modprobe.d/nixos.conf") {
          text = config.environment.etc."modprobe.d/nixos.conf".text;
        };
      };

      services = {
        # Devices only, disks first, as in boot-speed.nix.
        systemd-udev-trigger = {
          overrideStrategy = "asDropin";
          # A file system of several devices is complete only for a kernel that knows its type.
          after = [ "systemd-modules-load.service" ];
          inherit (config.systemd.services.systemd-udev-trigger) serviceConfig;
        };
        emergency = {
          description = "Emergency Shell";
          unitConfig.DefaultDependencies = false;
          conflicts = [ "shutdown.target" ];
          before = [ "shutdown.target" ];
          environment.HOME = "/root";
          serviceConfig = {
            Type = "idle";
            WorkingDirectory = "-/root";
            StandardInput = "tty-force";
            StandardOutput = "inherit";
            StandardError = "inherit";
            KillMode = "process";
            SendSIGHUP = true;
          };
          script = lib.replaceStrings [ "set -e" "@access@" ] [ "" access ] (
            builtins.readFile ./emergency.sh
          );
        };
        initrd-find-nixos-closure = {
          description = "Find the System in the Root File System";
          requiredBy = [ "initrd.target" ];
          after = [ "initrd-root-fs.target" "initrd-fs.target" "sysroot.mount" ];
          requires = [ "initrd-root-fs.target" "initrd-fs.target" ];
          before = [ "initrd.target" "shutdown.target" ];
          conflicts = [ "shutdown.target" "emergency.target" ];
          unitConfig = {
            DefaultDependencies = false;
            OnFailureJobMode = "replace-irreversibly";
          };
          onFailure = [ "emergency.target" ];
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
            StandardOutput = "journal+console";
            StandardError = "journal+console";
          };
          script = builtins.readFile ./find-system.sh;
        };
        # What fails in them is not the end of the boot, as in the busybox initrd.
        initrd-post-mount-commands = lib.mkIf hasCommands {
          description = "Commands of boot.initrd.postMountCommands";
          wantedBy = [ "initrd.target" ];
          after = [ "initrd-find-nixos-closure.service" ];
          before = [ "initrd.target" "shutdown.target" ];
          conflicts = [ "shutdown.target" "emergency.target" ];
          unitConfig.DefaultDependencies = false;
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
            ExecStart = "-/usr/bin/sh ${commandsFile}";
            StandardOutput = "journal+console";
            StandardError = "journal+console";
          };
        };
        # Ordered after that target, it would also go on to the system when the target has failed, beside the emergency shell.
        initrd-cleanup = {
          overrideStrategy = "asDropin";
          serviceConfig.ExecCondition = "systemctl --quiet is-active initrd.target";
        };
        initrd-switch-root = {
          overrideStrategy = "asDropin";
          serviceConfig = {
            EnvironmentFile = "-/etc/switch-root.conf";
            ExecStart = [ "" "systemctl --no-block switch-root /sysroot \"\${NEW_INIT}\"" ];
          };
        };
      };
    };

    system.build.initialRamdisk =
      pkgs.builtinDerivation "systemd-initrd" (config.system.build.initrdModules // {
        name = "initrd-${kernel.modDirVersion}";
        kernel = "${kernel.deb}";
        kernelVersion = kernel.modDirVersion;
        tree = "${config.system.build.initrdTree}";
        paths = cfg.files;
        optionalPaths = cfg.optionalFiles;
        programsOf = map (p: "${p.deb}") (packagePaths ++ binPackages);
        packageLinks = map (p: "${p}") packagePaths;
        contents = [ "${etc}" ];
        extraFiles =
          { "etc/systemd/system" = "${units}"; }
          // builtins.listToAttrs (
            map (c: lib.nameValuePair (lib.removePrefix "/" c.target) "${c.source}") sources
            ++ map
              (
                path:
                lib.nameValuePair
                  (lib.removePrefix "/" (builtins.unsafeDiscardStringContext "${path}"))
                  "${path}"
              )
              (builtins.filter (path: !(isPackage path)) (named ++ cfg.storePaths))
            ++ lib.mapAttrsToList
              (name: program: lib.nameValuePair "usr/bin/${name}" "${program}")
              (lib.filterAttrs (_: program: !(isPackage (storePathOf program))) cfg.extraBin)
          );
        secrets = lib.mapAttrs' (
          path: source: lib.nameValuePair (lib.removePrefix "/" path) "${source}"
        ) initrd.secrets;
        inherit (initrd) compressor;
      });

    system.build.initrdTree = pkgs.debianTree {
      name = "initrd-${pkgs.debianRelease.suite}";
      packages = lib.unique (cfg.packages ++ mentionedPackages);
      essential = false;
    };
  };
}
