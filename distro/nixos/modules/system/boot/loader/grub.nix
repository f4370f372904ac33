# GRUB's menu. nixos/lib/make-disk-image.nix installs GRUB itself.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.boot.loader.grub;

  inherit (import ../../../../lib/formats { inherit lib; }) grub;

  # If the kernel has a console on the first serial line, so does the menu.
  serialParam = lib.findFirst (lib.hasPrefix "console=ttyS0") null config.boot.kernelParams;
  speed =
    let
      found = builtins.match "console=ttyS0,([0-9]+).*" serialParam;
    in
    if found == null then "115200" else lib.head found;

  inert =
    let
      option = name: type: default: why: {
        path = [ "boot" "loader" "grub" ] ++ lib.splitString "." name;
        inherit type default why;
      };
      unavailable = name: type: default: why: option name type default why // { refused = true; };
      graphics = "the menu is text, as a serial console shows it";
    in
    [
      (option
        "efiSupport"
        types.bool
        false
        "images with an EFI system partition have GRUB for UEFI in any case (the argument `partitionTableType' of make-disk-image.nix)"
      )
      (option
        "efiInstallAsRemovable"
        types.bool
        true
        "it is always where UEFI looks for a boot loader on any disk"
      )
      (option "configurationLimit" types.int 100 "an image's menu has one configuration")
      (option "extraPrepareConfig" types.lines "" "no command is run while an image is made")
      (option
        "extraGrubInstallArgs"
        (types.listOf types.str)
        [ ]
        "no command is run while an image is made"
      )
      (option "forceInstall" types.bool false "no command is run while an image is made")
      (option
        "fsIdentifier"
        (types.enum [ "uuid" "label" "provided" ])
        "uuid"
        "GRUB finds the file system that it is on by its UUID"
      )
      (option "splashImage" (types.nullOr types.path) null graphics)
      (option "backgroundColor" (types.nullOr types.str) null graphics)
      (option "font" (types.nullOr types.path) null graphics)
      (option "theme" (types.nullOr types.path) null graphics)
      (option "gfxmodeBios" types.str "1024x768" graphics)
      (option "gfxmodeEfi" types.str "auto" graphics)
      (option "useOSProber" types.bool false "an image's disk has one system")
      (option "copyKernels" types.bool false "GRUB reads the kernel from the store")
      (unavailable
        "memtest86.enable"
        types.bool
        false
        "Debian's program for it is not put into images"
      )
      (unavailable "zfsSupport" types.bool false "Debian's kernels have no ZFS")
      (unavailable "enableCryptodisk" types.bool false "a root file system cannot be encrypted")
      (unavailable "mirroredBoots" (types.listOf types.anything) [ ] "an image has one disk")
      (unavailable "users" (types.attrsOf types.anything) { } "the menu has no passwords")
    ];

  titleOf = config: "${config.system.nixos.distroName} ${config.system.nixos.label}";
  menuTitle = titleOf config;
  timeout = if config.boot.loader.timeout == null then -1 else config.boot.loader.timeout;

  entry =
    {
      title,
      toplevel,
      kernelParams ? config.boot.kernelParams,
      params ? [ ],
    }:
    ''
      menuentry ${grub.quoted "boot.loader.grub.configurationName" title} --class nixos --unrestricted {
        ${cfg.extraPerEntryConfig}
        linux''${bits} ${toplevel}/kernel ${
          lib.concatMapStringsSep " " (grub.word "boot.kernelParams") (
            [ "init=${toplevel}/init" ] ++ kernelParams ++ params
          )
        }
        initrd''${bits} ${toplevel}/initrd
      }
    '';
  child =
    name:
    { configuration, ... }:
    let
      inherit (configuration.boot.loader.grub) configurationName;
    in
    entry {
      title = "${titleOf configuration} - ${if configurationName != "" then configurationName else name}";
      toplevel = "${configuration.system.build.toplevel}";
      inherit (configuration.boot) kernelParams;
    };

  # grub.cfg. GRUB has set its root to the partition of this file when it reads it.
  menu = toplevel: ''
    # Generated from boot.loader.
    ${
      lib.optionalString
        (serialParam != null)
        "serial --unit=0 --speed=${speed}\nterminal_input console serial\nterminal_output console serial"
    }
    set timeout=${toString timeout}
    set timeout_style=${cfg.timeoutStyle}
    set default=${grub.quoted "boot.loader.grub.default" cfg.default}
    # On a BIOS, linux16 starts the kernel where it was read to; linux would move all the memory that it may need, a byte at a time.
    if [ "$grub_platform" = pc ]; then set bits=16; fi
    ${cfg.extraConfig}
    ${lib.optionalString cfg.extraEntriesBeforeNixOS cfg.extraEntries}
    ${
      entry {
        inherit toplevel;
        title = "${menuTitle}${lib.optionalString (cfg.configurationName != "") " - ${cfg.configurationName}"}";
      }
    }
    ${lib.optionalString (!cfg.extraEntriesBeforeNixOS) cfg.extraEntries}
    ${lib.concatStrings (lib.mapAttrsToList child config.specialisation)}
    ${
      entry {
        inherit toplevel;
        title = "${menuTitle} (rescue shell)";
        params = [
          "systemd.unit=rescue.target"
          "systemd.setenv=SYSTEMD_SULOGIN_FORCE=1"
          "boot.shell_on_fail"
        ];
      }
    }
  '';
in
{
  imports = [
    (lib.mkRemovedOptionModule [
      "boot"
      "loader"
      "grub"
      "version"
    ] "GRUB 1 is not supported; version 2 is the only one.")
    (lib.mkRenamedOptionModule [ "boot" "loader" "grub" "timeout" ] [ "boot" "loader" "timeout" ])
    (lib.mkRemovedOptionModule [ "boot" "loader" "grub" "trustedBoot" ] "It is not available.")
    (import ../../../../lib/inert.nix { inherit lib; } inert)
  ];

  options.boot.loader.grub = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether images are made with the GRUB boot loader.";
    };
    device = mkOption {
      type = types.str;
      default = "";
      example = "/dev/vda";
      description =
        "The disk on which GRUB for BIOS is installed. Any name means the image's own disk; `nodev` leaves GRUB for BIOS out.";
    };
    devices = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "/dev/vda" ];
      description =
        "The disks on which GRUB for BIOS is installed. An image has one disk, so they mean what `device` does.";
    };
    secureBoot.enable = mkOption {
      type = types.bool;
      default = config.virtualisation.useSecureBoot;
      defaultText = lib.literalExpression "config.virtualisation.useSecureBoot";
      description =
        "Whether GRUB for UEFI is the one that Debian has signed, started by shim, which Microsoft has signed: firmware with Secure Boot "
        + "starts no other. It starts Debian's kernels, which then load signed modules only.";
    };
    configurationName = mkOption {
      type = types.str;
      default = "";
      example = "Stable";
      description =
        "A name for this configuration, which is appended to its title in the boot menu.";
    };
    default = mkOption {
      type = types.either types.int types.str;
      default = "0";
      apply =
        value:
        if value == "saved" then
          throw (
            "boot.loader.grub.default: \"saved\" needs GRUB's environment block, which images don't have. "
            + "Set the number or the title of a menu entry."
          )
        else
          toString value;
      example = "2";
      description =
        "The menu entry that is booted by default: its number, counted from 0, or its title.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "serial; terminal_output.serial";
      description = "GRUB commands that come before the menu entries in grub.cfg.";
    };
    extraEntries = mkOption {
      type = types.lines;
      default = "";
      example = ''
        menuentry "Firmware setup" {
          fwsetup
        }
      '';
      description = "Additional entries of the boot menu, as GRUB commands.";
    };
    extraEntriesBeforeNixOS = mkOption {
      type = types.bool;
      default = false;
      description = "Whether `extraEntries` come before the system's own entries.";
    };
    extraPerEntryConfig = mkOption {
      type = types.lines;
      default = "";
      example = "set gfxpayload=keep";
      description = "GRUB commands to add to each of the system's menu entries.";
    };
    extraFiles = mkOption {
      type = types.attrsOf types.path;
      default = { };
      example = lib.literalExpression ''{ "ipxe.lkrn" = ./ipxe.lkrn; }'';
      description = "Files to copy to /boot, by their path relative to it.";
    };
    extraInstallCommands = mkOption {
      type = types.lines;
      default = "";
      description =
        "Shell commands that are run once a switch has written the menu. An image is made without them.";
    };
    timeoutStyle = mkOption {
      type = types.enum [ "menu" "countdown" "hidden" ];
      default = "menu";
      description =
        "What is shown while GRUB waits for `boot.loader.timeout`: the menu, a countdown, or nothing. With a timeout of "
        + "0, `hidden` leaves a moment in which Esc brings up the menu: some seconds in a virtual machine without hardware "
        + "acceleration.";
    };
  };

  config = lib.mkIf cfg.enable {
    # `nodev` anywhere in the list leaves GRUB for BIOS out.
    boot.loader.grub.device = lib.mkIf (cfg.devices != [ ]) (
      lib.mkDefault (if lib.elem "nodev" cfg.devices then "nodev" else lib.head cfg.devices)
    );

    # /boot/grub/grub.cfg.
    system.build.grubConfig = menu "${config.system.build.toplevel}";
    # For a switch that makes this system the default: it is in the system itself, which cannot name its own store path.
    system.systemBuilderArgs.boot-menu = lib.mkIf config.system.switch.enable {
      text = menu "@toplevel@";
    };
    system.build.installBootLoader = lib.mkDefault (
      if cfg.extraInstallCommands == "" then
        "/usr/bin/perl ${./install-grub.pl}"
      else
        pkgs.writeShellScript "install-grub" ''
          set -e
          /usr/bin/perl ${./install-grub.pl} "$@"
          ${cfg.extraInstallCommands}
        ''
    );
  };
}
