# Smart cards with keys of GnuPG.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  options.hardware.gpgSmartcards.enable =
    lib.mkEnableOption
      "access to smart cards and USB keys that GnuPG uses, for users at the machine";

  # scdaemon's rules for udev are those of Debian.
  config = lib.mkIf config.hardware.gpgSmartcards.enable {
    environment.systemPackages = [ pkgs.debianPackages.scdaemon ];
  };
}
