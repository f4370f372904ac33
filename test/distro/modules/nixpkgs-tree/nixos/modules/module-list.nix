[
  ./config/fonts/fontconfig.nix
  ./misc/ids.nix
  ./services/networking/firewall.nix
  ./services/web/hello.nix
  ./services/web/older.nix
  ./system/boot/luksroot.nix
  ./tasks/filesystems/zfs.nix
  { options.written = (import ../../lib.nix).mkInternal "in the list itself"; }
]
