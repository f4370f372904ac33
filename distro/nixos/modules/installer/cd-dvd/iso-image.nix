# An ISO image of a system that runs from it: the store is a squashfs on the disc or stick, everything else is in memory.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.isoImage;
  inherit (import ../../../lib/formats { inherit lib; }) grub;
  inherit (config.boot) kernelParams;
  inherit (config.system.build) toplevel;

  liveStore = import ../../../lib/live-store.nix { inherit config lib pkgs; };

  content = types.submodule {
    options = {
      source = mkOption {
        type = types.path;
        description = "The file or folder to copy.";
      };
      target = mkOption {
        type = types.str;
        example = "/README.txt";
        description = "Its path on the image.";
      };
    };
  };

  labelOf =
    cfg: config:
    "${
      cfg.prependToMenuLabel
    }${
      config.system.nixos.distroName
    } ${config.system.nixos.label}${lib.optionalString (cfg.configurationName != "") " ${cfg.configurationName}"}${cfg.appendToMenuLabel}";
  label = labelOf cfg config;

  # If the kernel has a console on the first serial line, so does the menu.
  serialParam = lib.findFirst (lib.hasPrefix "console=ttyS0") null kernelParams;
  speed =
    let
      found = builtins.match "console=ttyS0,([0-9]+).*" serialParam;
    in
    if found == null then "115200" else lib.head found;

  # The system and its specialisations.
  systems =
    [
      {
        inherit config;
        name = "";
        title = label;
      }
    ]
    ++ lib.mapAttrsToList (
      name:
      { configuration, ... }:
      {
        inherit name;
        config = configuration;
        title =
          if (configuration.isoImage.configurationName or "") == "" then
            "${label} - ${name}"
          else
            labelOf configuration.isoImage configuration;
      }
    ) config.specialisation;
  bootFiles =
    { name, config, ... }:
    let
      suffix = lib.optionalString (name != "") "-${name}";
    in
    {
      kernel = {
        source = "${config.system.build.toplevel}/kernel";
        target = "/boot/vmlinuz${suffix}";
      };
      initrd = {
        source = "${config.system.build.initialRamdisk}/initrd";
        target = "/boot/initrd${suffix}";
      };
    };

  entry =
    {
      suffix ? "",
      params ? [ ],
    }:
    system: ''
      menuentry ${grub.quoted "isoImage.configurationName" "${system.title}${suffix}"} --class nixos --unrestricted {
        linux''${bits} ${
          (bootFiles system).kernel.target
        } ${
          lib.concatMapStringsSep " " (grub.word "boot.kernelParams") (
            [ "init=${system.config.system.build.toplevel}/init" ]
            ++ system.config.boot.kernelParams
            ++ params
          )
        }
        initrd''${bits} ${(bootFiles system).initrd.target}
      }
    '';
  shown = builtins.filter (system: system.config.isoImage.showConfiguration or true) systems;

  timeout = if config.boot.loader.timeout == null then -1 else config.boot.loader.timeout;
  menu = ''
    # Generated from isoImage and boot.loader.
    ${
      lib.optionalString
        (serialParam != null)
        "serial --unit=0 --speed=${speed}\nterminal_input console serial\nterminal_output console serial"
    }
    set timeout=${toString timeout}
    # On a BIOS, linux16 starts the kernel where it was read to; linux would move all the memory that it may need, a byte at a time.
    if [ "$grub_platform" = pc ]; then set bits=16; fi
    ${lib.concatMapStrings (entry { }) shown}
    ${
      lib.concatMapStrings
        (entry {
          suffix = " (nomodeset)";
          params = [ "nomodeset" ];
        })
        shown
    }
    ${
      lib.concatMapStrings
        (entry {
          suffix = " (rescue shell)";
          params = [
            "systemd.unit=rescue.target"
            "systemd.setenv=SYSTEMD_SULOGIN_FORCE=1"
            "boot.shell_on_fail"
          ];
        })
        (lib.take 1 systems)
    }
  '';

  graphics = "the menu is text, as a serial console shows it";
  inert = name: type: default: why: {
    path = [ "isoImage" name ];
    inherit type default why;
  };
in
{
  imports = [
    ../../image/file-options.nix
    (lib.mkRenamedOptionModule [ "isoImage" "isoBaseName" ] [ "image" "baseName" ])
    (lib.mkRenamedOptionModule [ "isoImage" "isoName" ] [ "image" "fileName" ])
    (import ../../../lib/inert.nix { inherit lib; } [
      (inert "splashImage" (types.nullOr types.path) null graphics)
      (inert "efiSplashImage" (types.nullOr types.path) null graphics)
      (inert "grubTheme" (types.nullOr types.raw) null graphics)
      (inert "syslinuxTheme" (types.nullOr types.lines) null graphics)
      (inert "forceTextMode" types.bool false graphics)
      (
        inert
          "includeSystemBuildDependencies"
          types.bool
          false
          "a system's build dependencies are Debian's packages, which its archive has"
        // {
          refused = true;
        }
      )
    ])
  ];

  options.isoImage = {
    compressImage = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the image's file is packed with zstd.";
    };
    squashfsCompression = mkOption {
      type = types.nullOr types.str;
      default = "zstd -Xcompression-level 3";
      example = "zstd -Xcompression-level 19";
      description =
        "How the store is packed: a compressor with its options as mksquashfs has them, `zstd` or `gzip`. If null, it is not packed.";
    };
    edition = mkOption {
      type = types.str;
      default = "";
      example = "minimal";
      description = "A word that names of the volume and the image's file have.";
    };
    volumeID = mkOption {
      type = types.strMatching "[ -~]{1,32}";
      default = "nixos${
        lib.optionalString (cfg.edition != "") "-${cfg.edition}"
      }-${config.system.nixos.release}-${lib.head (lib.splitString "-" pkgs.stdenv.hostPlatform.system)}";
      defaultText =
        lib.literalExpression ''"nixos-''${edition}-''${config.system.nixos.release}-x86_64"'';
      example = "nixos-rescue";
      description =
        "The name of the volume, of up to 32 characters, by which the system finds the disc or disk that it runs from.";
    };
    contents = mkOption {
      type = types.listOf content;
      default = [ ];
      example = lib.literalExpression ''[ { source = ./README.txt; target = "/README.txt"; } ]'';
      description = "Files and folders to add to the image.";
    };
    storeContents = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      example = lib.literalExpression "[ pkgs.git ]";
      description =
        "Packages and other store paths to add to the image's store, besides those of the system.";
    };
    makeBiosBootable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the image boots from a BIOS.";
    };
    makeEfiBootable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the image boots from UEFI.";
    };
    makeUsbBootable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the image boots from a disk or USB stick that it is written to as it is, besides from a disc.";
    };
    prependToMenuLabel = mkOption {
      type = types.str;
      default = "";
      example = "Install ";
      description = "What the titles of the menu begin with.";
    };
    appendToMenuLabel = mkOption {
      type = types.str;
      default = "";
      example = " Live System";
      description = "What the titles of the menu end with.";
    };
    configurationName = mkOption {
      type = types.str;
      default = "";
      example = "GNOME";
      description = "A name of the configuration for the titles of the menu.";
    };
    showConfiguration = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether the menu has the configuration; one that has only specialisations to show sets it to false.";
    };
  };

  config = lib.mkMerge [
    (liveStore {
      device = "/sysroot/iso/nix-store.squashfs";
      depends = [ "/iso" ];
    })
    {
      assertions = [
        {
          assertion = cfg.makeBiosBootable || cfg.makeEfiBootable || !cfg.makeUsbBootable;
          message =
            "isoImage.makeUsbBootable is true, but the image boots neither from a BIOS nor from UEFI. Set isoImage.makeBiosBootable or "
            + "isoImage.makeEfiBootable.";
        }
      ];

      boot.loader.grub.enable = lib.mkImageMediaOverride false;
      boot.loader.timeout = lib.mkDefault 10;
      boot.initrd.availableKernelModules = [
        "isofs"
        "nls_ascii"
        "nls_utf8"
        "uas"
        "usb_storage"
        "xhci_pci"
        "ehci_pci"
        "uhci_hcd"
        "sr_mod"
        "sd_mod"
        "virtio_pci"
        "virtio_blk"
        "virtio_scsi"
      ];
      fileSystems."/iso" = lib.mkImageMediaOverride {
        device = "LABEL=${cfg.volumeID}";
        fsType = "iso9660";
        # The store is on it, up to the very end.
        options = [ "x-initrd.mount" ];
        neededForBoot = true;
        noCheck = true;
      };

      isoImage.storeContents = [ toplevel ];
      isoImage.contents = lib.concatMap (system: lib.attrValues (bootFiles system)) systems ++ [
        {
          source = config.system.build.squashfsStore;
          target = "/nix-store.squashfs";
        }
        {
          source = pkgs.writeText "version" config.system.nixos.label;
          target = "/version.txt";
        }
      ];

      image.baseName =
        lib.mkDefault
          "nixos${
            lib.optionalString (cfg.edition != "") "-${cfg.edition}"
          }-${config.system.nixos.label}-${pkgs.stdenv.hostPlatform.system}";
      image.extension = if cfg.compressImage then "iso.zst" else "iso";
      image.filePath = "iso/${config.image.fileName}";

      system.build = {
        squashfsStore = import ../../../lib/make-squashfs.nix {
          inherit pkgs lib;
          inherit (cfg) storeContents;
          fileName = "nix-store";
          comp = cfg.squashfsCompression;
        };
        isoImage = import ../../../lib/make-iso9660-image.nix {
          inherit pkgs lib;
          inherit (cfg) compressImage volumeID contents;
          isoName = lib.removeSuffix ".zst" config.image.fileName;
          usbBootable = cfg.makeUsbBootable;
          grub =
            if cfg.makeBiosBootable || cfg.makeEfiBootable then
              {
                config = menu;
                bios = cfg.makeBiosBootable;
                efi = cfg.makeEfiBootable;
                secureBoot = config.boot.loader.grub.secureBoot.enable;
              }
            else
              null;
        };
        image = config.system.build.isoImage;
      };
    }
  ];
}
