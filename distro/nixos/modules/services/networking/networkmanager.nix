# Another way to configure the network than systemd-networkd, which Debian's machines here have not: refused.
{ lib, ... }:

{
  imports = [
    (import ../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "networking" "networkmanager" "enable" ];
        type = lib.types.bool;
        default = false;
        refused = true;
        why =
          "systemd-networkd configures the network. Use networking.interfaces, networking.useDHCP or systemd.network";
      }
    ])
  ];
}
