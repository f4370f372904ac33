# A module of another firewall turns NixOS's off by its unit, whose name is another name of ours.
let
  system = import ../options/system.inc { modules = [ ({ lib, ... }: {
    users.ofPackages = lib.mkForce { users = { }; groups = [ ]; };
    networking.firewall.enable = true;
    systemd.services.firewall.enable = false;
  }) ]; };
  names = [ "firewall.service" "nftables.service" ];
in
{
  inherit (system.config.systemd.services.nftables) enable;
  links = builtins.filter (entry: builtins.elem entry.path names) system.config.system.build.units.entries;
}
