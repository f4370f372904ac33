# GRUB: its menu. GRUB itself is put into the image by nixos/lib/make-disk-image.nix.
{ config, lib, pkgs, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.boot.loader.grub;
  toplevel = config.system.build.toplevel;

  inherit (import ../../../../lib/formats { inherit lib; }) grub;

  # A console on the first serial line is one for the menu, too.
  serialParam = lib.findFirst (lib.hasPrefix "console=ttyS0") null config.boot.kernelParams;
  speed =
    let found = builtins.match "console=ttyS0,([0-9]+).*" serialParam;
    in if found == null then "115200" else lib.head found;

  menuTitle = "${config.system.nixos.distroName} ${config.system.nixos.label}";
  timeout = if config.boot.loader.timeout == null then -1 else config.boot.loader.timeout;

  entry = { title, params ? [ ] }: ''
    menuentry ${grub.quoted "boot.loader.grub.configurationName" title} --class nixos --unrestricted {
      ${cfg.extraPerEntryConfig}
      linux''${bits} ${toplevel}/kernel ${lib.concatMapStringsSep " " (grub.word "boot.kernelParams") ([ "init=${toplevel}/init" ] ++ config.boot.kernelParams ++ params)}
      initrd''${bits} ${toplevel}/initrd
    }
  '';
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "boot" "loader" "grub" "version" ] "GRUB 1 is not supported; version 2 is the only one.")
    (lib.mkRenamedOptionModule [ "boot" "loader" "grub" "timeout" ] [ "boot" "loader" "timeout" ])
    (lib.mkRemovedOptionModule [ "boot" "loader" "grub" "trustedBoot" ] "It is not available.")
  ];

  options.boot.loader.grub = {
    enable = mkOption { type = types.bool; default = true; description = "Whether the image has GRUB."; };
    device = mkOption { type = types.str; default = ""; example = "/dev/vda"; description = "The disk that GRUB for BIOS is on. An image has it in any case, whichever name its disk will have; `nodev` leaves it out."; };
    devices = mkOption { type = types.listOf types.str; default = [ ]; description = "As `device`."; };
    efiSupport = mkOption { type = types.bool; default = false; description = "Whether GRUB for UEFI is there. Images with an EFI system partition have it in any case."; };
    efiInstallAsRemovable = mkOption { type = types.bool; default = true; description = "Whether it is where UEFI looks for it on any disk. It always is."; };
    configurationLimit = mkOption { type = types.int; default = 100; description = "How many configurations the menu has. An image has one."; };
    configurationName = mkOption { type = types.str; default = ""; description = "A name of this configuration in the menu."; };
    default = mkOption { type = types.either types.int types.str; default = "0"; apply = toString; description = "The entry that is started, by number from 0, or `saved`."; };
    extraConfig = mkOption { type = types.lines; default = ""; example = "serial; terminal_output.serial"; description = "Lines before the menu's entries."; };
    extraEntries = mkOption { type = types.lines; default = ""; description = "Further entries of the menu."; };
    extraEntriesBeforeNixOS = mkOption { type = types.bool; default = false; description = "Whether they come first."; };
    extraPerEntryConfig = mkOption { type = types.lines; default = ""; description = "Lines inside the entries."; };
    extraPrepareConfig = mkOption { type = types.lines; default = ""; description = "No effect: nothing is run when the image is made."; };
    extraFiles = mkOption { type = types.attrsOf types.path; default = { }; description = "Files for /boot, by their path in it."; };
    extraGrubInstallArgs = mkOption { type = types.listOf types.str; default = [ ]; description = "No effect."; };
    splashImage = mkOption { type = types.nullOr types.path; default = null; description = "No effect: the menu is text, as a serial console shows it."; };
    backgroundColor = mkOption { type = types.nullOr types.str; default = null; description = "No effect."; };
    font = mkOption { type = types.nullOr types.path; default = null; description = "No effect."; };
    theme = mkOption { type = types.nullOr types.path; default = null; description = "No effect."; };
    gfxmodeBios = mkOption { type = types.str; default = "1024x768"; description = "No effect."; };
    gfxmodeEfi = mkOption { type = types.str; default = "auto"; description = "No effect."; };
    timeoutStyle = mkOption { type = types.enum [ "menu" "countdown" "hidden" ]; default = "menu"; description = "What is seen while the menu waits. With a `boot.loader.timeout` of 0, `hidden` gives Esc a moment in which it shows the menu: some seconds in a virtual machine without hardware acceleration."; };
    useOSProber = mkOption { type = types.bool; default = false; description = "No effect: an image's disk has one system."; };
    forceInstall = mkOption { type = types.bool; default = false; description = "No effect."; };
    copyKernels = mkOption { type = types.bool; default = false; description = "No effect: GRUB reads the kernel from the store."; };
    memtest86.enable = mkOption { type = types.bool; default = false; description = "Not available."; };
    zfsSupport = mkOption { type = types.bool; default = false; description = "Not available."; };
    enableCryptodisk = mkOption { type = types.bool; default = false; description = "Not available."; };
    mirroredBoots = mkOption { type = types.listOf types.anything; default = [ ]; description = "Not available."; };
    users = mkOption { type = types.attrsOf types.anything; default = { }; description = "Not available: passwords of the menu."; };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      { assertion = !cfg.memtest86.enable; message = "boot.loader.grub.memtest86.enable is not available."; }
      { assertion = !cfg.enableCryptodisk && !cfg.zfsSupport; message = "boot.loader.grub: an encrypted or ZFS root is not available."; }
      { assertion = cfg.mirroredBoots == [ ] && cfg.users == { }; message = "boot.loader.grub.mirroredBoots and boot.loader.grub.users are not available."; }
    ];

    # /boot/grub/grub.cfg. The root device is set when GRUB reads it: the partition that it lies on.
    system.build.grubConfig = ''
      # Made from boot.loader.
      ${lib.optionalString (serialParam != null) "serial --unit=0 --speed=${speed}\nterminal_input console serial\nterminal_output console serial"}
      set timeout=${toString timeout}
      set timeout_style=${cfg.timeoutStyle}
      set default=${grub.quoted "boot.loader.grub.default" cfg.default}
      # From a BIOS the kernel is started where it was read to: the other way GRUB moves all the memory that it may need, a byte at a time.
      if [ "$grub_platform" = pc ]; then set bits=16; fi
      ${cfg.extraConfig}
      ${lib.optionalString cfg.extraEntriesBeforeNixOS cfg.extraEntries}
      ${entry { title = "${menuTitle}${lib.optionalString (cfg.configurationName != "") " - ${cfg.configurationName}"}"; }}
      ${lib.optionalString (!cfg.extraEntriesBeforeNixOS) cfg.extraEntries}
      ${entry { title = "${menuTitle} (rescue shell)"; params = [ "systemd.unit=rescue.target" "systemd.setenv=SYSTEMD_SULOGIN_FORCE=1" "boot.shell_on_fail" ]; }}
    '';
  };
}
