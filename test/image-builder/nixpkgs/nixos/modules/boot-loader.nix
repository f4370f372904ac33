# The options of NixOS that tell a boot loader what to do, as far as an image asks for them.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  option = type: default: mkOption { inherit type default; };
  cfg = config.boot.loader;
in
{
  options.boot.loader = {
    timeout = option (types.nullOr types.int) 5;
    efi.efiSysMountPoint = option types.str "/boot";
    efi.canTouchEfiVariables = option types.bool false;
    systemd-boot.enable = option types.bool false;
    systemd-boot.editor = option types.bool true;
    systemd-boot.xbootldrMountPoint = option (types.nullOr types.str) null;
    grub = {
      enable = option types.bool true;
      device = option types.str "";
      devices = option (types.listOf types.str) [ ];
      efiSupport = option types.bool false;
      efiInstallAsRemovable = option types.bool false;
      extraConfig = option types.lines "";
      extraInstallCommands = option types.lines "";
      font = option (types.nullOr types.path) null;
      users = option (types.attrsOf types.anything) { };
    };
  };

  config.boot.loader.grub.devices = lib.optional (cfg.grub.device != "") cfg.grub.device;
}
