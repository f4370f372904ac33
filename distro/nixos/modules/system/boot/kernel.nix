# The kernel, its parameters and modules.
{
  config,
  lib,
  modulesPath,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) strings;
  cfg = config.boot;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  moduleName =
    option:
    text.uncommentedWord {
      inherit option;
      file = "a list of kernel modules";
    };
  # Whether the configuration asks for a module: everything that is always loaded, and, of what is loaded for hardware that is found,
  # what the user's own files name. The profiles of the distribution name drivers for many machines, few of which any one has.
  ownOf =
    option:
    lib.concatMap (definition: definition.value) (
      builtins.filter (
        definition: !(lib.hasPrefix "${toString modulesPath}/" "${toString definition.file}")
      ) option.definitionsWithLocations
    );
  enabledOf = set: lib.attrNames (lib.filterAttrs (_: on: on) set);
  named = option: names: map (name: { inherit option name; }) names;
  asked =
    named "boot.kernelModules" cfg.kernelModules
    ++ named "boot.initrd.kernelModules" cfg.initrd.kernelModules
    ++ named "boot.supportedFilesystems" (enabledOf cfg.supportedFilesystems)
    ++ lib.concatLists (
      lib.mapAttrsToList (
        name: fs:
        lib.optional fs.enable {
          option = lib.showOption [ "fileSystems" name "fsType" ];
          name = fs.fsType;
        }
      ) config.fileSystems
    );
  askedIfFound = named "boot.initrd.availableKernelModules" (
    ownOf options.boot.initrd.availableKernelModules
  );
  lackedBy =
    kernel:
    builtins.filter (
      m: (kernel.lacksModules or { }) ? ${lib.replaceStrings [ "-" ] [ "_" ] m.name}
    );
  needGeneric = lackedBy pkgs.linuxPackages.kernel (asked ++ askedIfFound);
  isSet = options.boot.kernelPackages.highestPrio < 1500;
  kernel = cfg.kernelPackages.kernel;
in
{
  imports = [
    (lib.mkRemovedOptionModule [
      "boot"
      "kernelPatches"
    ] "Debian's kernels are not compiled here, so they cannot be patched.")
  ];

  options.boot = {
    kernelPackages = mkOption {
      type = types.raw;
      default = if needGeneric == [ ] then pkgs.linuxPackages else pkgs.linuxPackages_generic;
      defaultText = lib.literalExpression "pkgs.linuxPackages";
      example = lib.literalExpression "pkgs.linuxPackages_6_12";
      description =
        "The kernel and its packages. A suite of Debian has one version of the kernel, in a flavour for virtual machines "
        + "(the default), one with drivers for hardware (the default where the configuration asks for a module that only it has), and one "
        + "for real time.";
    };
    kernelParams = mkOption {
      type = types.listOf (types.strMatching ''([^"[:space:]]|"[^"]*")+'' // {
        name = "kernelParam";
        description = "string, with spaces inside double quotes";
      });
      default = [ ];
      example = [ "console=ttyS0" ];
      description = "Parameters to append to the kernel's command line.";
    };
    kernelModules = strings "Kernel modules that are loaded in the second stage of the boot." // {
      example = [ "wireguard" ];
    };
    extraModulePackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description =
        "Not available: Debian has no packages of compiled kernel modules besides the kernel's own.";
    };
    blacklistedKernelModules =
      strings "Kernel modules that are not loaded automatically when their hardware is found."
      // { example = [ "pcspkr" ]; };
    extraModprobeConfig = mkOption {
      type = types.lines;
      default = "";
      example = "options snd_hda_intel model=laptop";
      description =
        "Lines of a file in /etc/modprobe.d, such as options of kernel modules. See modprobe.d(5).";
    };
    consoleLogLevel = mkOption {
      type = types.int;
      default = 4;
      description =
        "The console log level of the kernel: only messages of a lower level, that is of greater importance, are shown "
        + "on the console.";
    };
    hardwareScan = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the drivers of all hardware that is found are loaded at boot.";
    };
    initrd = {
      availableKernelModules =
        strings "Kernel modules in the initrd, which it loads only until the root device is found."
        // { example = [ "virtio_scsi" ]; };
      kernelModules = strings "Kernel modules that the initrd always loads." // {
        example = [ "dm_mod" ];
      };
      includeDefaultModules = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the initrd includes the drivers of common disks.";
      };
    };
  };

  config = {
    assertions =
      [
        {
          assertion = cfg.extraModulePackages == [ ];
          message =
            "boot.extraModulePackages is not available: modules outside of Debian's kernel packages need compiling. Remove the setting.";
        }
      ]
      ++ map (m: {
        # The default has it.
        assertion = !isSet;
        message =
          "${m.option} has \"${m.name}\", a module that the kernel ${kernel.modDirVersion}, made for virtual machines, has not. Set "
          + "boot.kernelPackages = pkgs.linuxPackages_generic, which has drivers for hardware, too, or remove the module.";
      }) (lackedBy kernel asked);

    warnings =
      let
        list = lib.concatMapStringsSep " and " (m: "${m.name} (${m.option})");
        left = lackedBy kernel askedIfFound;
      in
      lib.optional (!isSet && needGeneric != [ ]) (
        "The kernel is Debian's generic one (linux-image-amd64), larger than that for virtual machines, because only it has "
        + "${list needGeneric}. Set boot.kernelPackages = pkgs.linuxPackages_generic to say so, or remove what asks for it."
      )
      ++ lib.optional (isSet && left != [ ]) (
        "The kernel ${kernel.modDirVersion}, made for virtual machines, lacks ${list left}: not in the initrd. Set "
        + "boot.kernelPackages = pkgs.linuxPackages_generic, or remove them."
      );

    boot.kernelParams = lib.mkAfter [ "loglevel=${toString cfg.consoleLogLevel}" ];

    boot.initrd.availableKernelModules = lib.mkIf cfg.initrd.includeDefaultModules [
      "sd_mod"
      "sr_mod"
      "ahci"
      "nvme"
      "ata_piix"
      "mmc_block"
    ];
    # /usr is an overlay.
    boot.initrd.kernelModules = [ "overlay" ];

    environment.etc = {
      # Without this file systemd-modules-load.service is not started.
      "modules-load.d/nixos.conf" = lib.mkIf (cfg.kernelModules != [ ]) {
        text = lib.concatMapStrings (m: "${moduleName "boot.kernelModules" m}\n") cfg.kernelModules;
      };
      "modprobe.d/nixos.conf" =
        lib.mkIf (cfg.blacklistedKernelModules != [ ] || cfg.extraModprobeConfig != "") {
          text =
            lib.concatMapStrings (
              m: "blacklist ${moduleName "boot.blacklistedKernelModules" m}\n"
            ) cfg.blacklistedKernelModules
            + cfg.extraModprobeConfig;
        };
    };
    systemd.suppressedSystemUnits = lib.optionals (!cfg.hardwareScan) [
      "systemd-udev-trigger.service"
    ];
  };
}
