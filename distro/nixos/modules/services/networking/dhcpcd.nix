# dhcpcd, another client of DHCP than systemd-networkd, which configures the network here: refused.
{ lib, ... }:

let
  inherit (lib) types;
in
{
  imports = [
    (import ../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "networking" "dhcpcd" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why =
          "systemd-networkd configures the network. Use networking.interfaces, networking.useDHCP or systemd.network";
      }
      {
        path = [ "networking" "dhcpcd" "denyInterfaces" ];
        type = types.listOf types.str;
        default = [ ];
        why =
          "systemd-networkd configures Ethernet interfaces and those that networking.interfaces has, and leaves others alone";
      }
    ])
  ];
}
