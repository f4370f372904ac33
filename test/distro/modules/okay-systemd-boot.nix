# systemd-boot: what an image's partition gets, and what a switch reads.
let
  lib = import ../../../distro/lib;
  archive = import ../pkgs/archive.inc { extra = lib.genAttrs [ "systemd-boot-efi" "memtest86+" "efi-shell-x64" ] (_: [ ]); };
  config = (import ../../../distro/nixos/lib/eval-config.nix {
    inherit lib;
    system = "x86_64-linux";
    pkgs = import ../../../distro/pkgs { inherit lib archive; };
    modules = [
      {
        fileSystems."/" = { device = "/dev/disk/by-label/nixos"; fsType = "ext4"; };
        system.stateVersion = "25.11";
        boot.loader.timeout = null;
        boot.loader.efi.efiSysMountPoint = "/efi";
        boot.loader.systemd-boot = {
          enable = true;
          editor = false;
          consoleMode = "max";
          configurationLimit = 7;
          sortKey = "a";
          memtest86.enable = true;
          edk2-uefi-shell.enable = true;
          extraEntries."other.conf" = "title Other\n";
          extraFiles."a/b.efi" = ./system.inc;
        };
      }
    ];
  }).config;
  short = builtins.replaceStrings [ builtins.storeDir ] [ "" ];
  withoutHashes = text:
    lib.concatStrings (map (piece: if builtins.isList piece then "/HASH-" else piece)
      (builtins.split "/[0-9a-z]{32}-" (short (builtins.unsafeDiscardStringContext text))));
  plain = _: value:
    if builtins.isString value then withoutHashes value
    else if builtins.isAttrs value then builtins.mapAttrs (_: withoutHashes) value
    else value;
in
{
  image = builtins.mapAttrs plain config.system.build.systemdBoot;
  switch = withoutHashes config.system.systemBuilderArgs.systemd-boot.text;
  mount = { inherit (config.fileSystems."/efi") device fsType options; };
  others = [ config.boot.loader.grub.enable config.virtualisation.useEFIBoot (config.system.build ? grubConfig) ];
}
