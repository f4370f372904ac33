# The kernel, its parameters and modules.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.boot;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  moduleName =
    option:
    text.uncommentedWord {
      inherit option;
      file = "a list of kernel modules";
    };
  modules =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };
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
      default = pkgs.linuxPackages;
      defaultText = lib.literalExpression "pkgs.linuxPackages";
      example = lib.literalExpression "pkgs.linuxPackages_6_12";
      description =
        "The kernel. A suite of Debian has one version, in a flavour for virtual machines (the "
        + "default), one with drivers for hardware, and one for real time.";
    };
    kernelParams = mkOption {
      type = types.listOf (types.strMatching ''([^"[:space:]]|"[^"]*")+'' // {
        name = "kernelParam";
        description = "string, with spaces inside double quotes";
      });
      default = [ ];
      example = [ "console=ttyS0" ];
      description = "Parameters of the kernel's command line.";
    };
    kernelModules = modules "Modules that are loaded in the second stage of the boot.";
    extraModulePackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description =
        "Packages with further modules. Debian has none that are ready, so that this must be empty.";
    };
    blacklistedKernelModules = modules "Modules that are not loaded by themselves.";
    extraModprobeConfig = mkOption {
      type = types.lines;
      default = "";
      example = "options snd_hda_intel model=laptop";
      description = "Lines of modprobe.d.";
    };
    consoleLogLevel = mkOption {
      type = types.int;
      default = 4;
      description = "Which messages of the kernel the console shows: those below this level.";
    };
    hardwareScan = mkOption {
      type = types.bool;
      default = true;
      description = "Whether drivers are loaded for what hardware there is.";
    };
    initrd = {
      availableKernelModules =
        modules
          "Modules in the initrd, which are loaded as far as it takes to find the root file system.";
      kernelModules = modules "Modules that the initrd loads in any case.";
      includeDefaultModules = mkOption {
        type = types.bool;
        default = true;
        description = "Whether drivers of common disks are in the initrd.";
      };
    };
  };

  config = {
    assertions = [
      {
        assertion = cfg.extraModulePackages == [ ];
        message =
          "boot.extraModulePackages is not available: modules outside of Debian's kernel packages would have to be compiled.";
      }
    ];

    boot.kernelParams = lib.mkAfter [ "loglevel=${toString cfg.consoleLogLevel}" ];

    boot.initrd.availableKernelModules = lib.mkIf cfg.initrd.includeDefaultModules [
      "sd_mod"
      "sr_mod"
      "ahci"
      "nvme"
      "ata_piix"
      "mmc_block"
    ];
    # The overlay that /usr is.
    boot.initrd.kernelModules = [ "overlay" ];

    environment.etc = {
      # Without one systemd-modules-load.service has nothing to do, and is not started.
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
