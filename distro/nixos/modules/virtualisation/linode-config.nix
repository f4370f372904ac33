# A guest of Linode.
{ lib, ... }:

let
  inherit (lib) mkDefault;
in
{
  imports = [ ../../lib/labelled-root.nix ../profiles/qemu-guest.nix ];

  services.openssh = {
    enable = mkDefault true;
    settings.PermitRootLogin = mkDefault "prohibit-password";
    settings.PasswordAuthentication = mkDefault false;
  };
  networking = {
    usePredictableInterfaceNames = mkDefault false;
    useDHCP = mkDefault true;
  };
  # The whole disk is the file system, and Linode's GRUB reads the menu.
  boot.growPartition = lib.mkOverride 900 false;
  boot.kernelParams = [ "console=ttyS0,19200n8" ];
  boot.loader.timeout = mkDefault 10;
  services.qemuGuest.enable = mkDefault true;
}
