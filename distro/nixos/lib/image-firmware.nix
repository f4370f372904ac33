# The boot loader of a machine that is started from an image of its own kind: what the configuration says of another machine's firmware
# does not count. The result is a part of a configuration.
{ lib }:
{
  # Whether UEFI alone starts it; otherwise BIOS does, or both do.
  isEfi,
  # Of UEFI: systemd-boot in the place of GRUB.
  systemdBoot ? false,
}:

let
  override = lib.mkImageMediaOverride;
in
{
  boot.loader = {
    systemd-boot.enable = override systemdBoot;
    grub.enable = override (!systemdBoot);
    grub.device = lib.mkIf (!systemdBoot) (override (if isEfi then "nodev" else "/dev/vda"));
    grub.secureBoot.enable = lib.mkIf (!isEfi) (override false);
  };
  virtualisation.useEFIBoot = override isEfi;
}
