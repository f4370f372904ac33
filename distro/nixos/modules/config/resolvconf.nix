# networking.resolvconf: systemd-resolved writes /etc/resolv.conf, so only what it can do has an effect.
{ lib, ... }:

let
  inherit (lib) mkOption types;
  why = "systemd-resolved manages the name servers and /etc/resolv.conf";
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "networking" "resolvconf" "enable" ];
        type = types.bool;
        default = false;
        inherit why;
      }
      {
        path = [ "networking" "resolvconf" "dnsSingleRequest" ];
        type = types.bool;
        default = false;
        inherit why;
      }
      {
        path = [ "networking" "resolvconf" "dnsExtensionMechanism" ];
        type = types.bool;
        default = true;
        inherit why;
      }
      {
        path = [ "networking" "resolvconf" "extraConfig" ];
        type = types.lines;
        default = "";
        inherit why;
      }
      {
        path = [ "networking" "resolvconf" "extraOptions" ];
        type = types.listOf types.str;
        default = [ ];
        inherit why;
      }
      {
        path = [ "networking" "useHostResolvConf" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "a virtual machine has no host whose /etc/resolv.conf it could use";
      }
    ])
  ];

  options.networking.resolvconf.useLocalResolver = mkOption {
    type = types.bool;
    default = false;
    description =
      "Whether host names are resolved by a DNS server on this machine, at 127.0.0.1, and only if that fails by `networking.nameservers`.";
  };
}
