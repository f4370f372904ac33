# Microcode before the initrd, and firmware.
let
  lib = import ../../../distro/lib;
  others = lib.genAttrs (builtins.attrNames (import ../../../distro/pkgs/component-names.nix)) (_: { component = "non-free-firmware"; });
  archive = import ../pkgs/archive.inc { inherit others;
    extra = lib.genAttrs [ "firmware-linux-free" "wireless-regdb" "busybox-static" ] (_: [ ]); };
  system = config: (import ../../../distro/nixos/lib/eval-config.nix {
    inherit lib;
    system = "x86_64-linux";
    pkgs = import ../../../distro/pkgs { inherit lib archive; };
    modules = [ { fileSystems."/" = { device = "/dev/disk/by-label/nixos"; fsType = "ext4"; }; system.stateVersion = "25.11"; } config ];
  }).config;
  firmware = config: map lib.getName (system config).hardware.firmware;
  namesOf = map (path: builtins.substring 44 (-1) (builtins.unsafeDiscardStringContext path));
in
{
  microcode = namesOf (system {
    boot.initrd.prepend = [ "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-other.img" ];
    hardware.cpu.intel.updateMicrocode = true;
    hardware.cpu.amd.updateMicrocode = true;
  }).boot.initrd.prepend;
  nothing = [ (firmware { }) (system { }).boot.initrd.prepend ];
  redistributable = firmware { hardware.enableRedistributableFirmware = true; };
}
