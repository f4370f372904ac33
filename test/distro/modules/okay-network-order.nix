# The network of all Ethernet links comes after every other one, by the names of their files, and is there with networking.useDHCP alone.
let
  networksOf = modules:
    let s = import ./system.inc modules;
    in {
      files = map (baseNameOf) (builtins.filter (n: builtins.match "systemd/network/.*[.]network" n != null)
        (builtins.attrNames s.config.environment.etc));
      warnings = builtins.filter (w: builtins.match "environment[.]etc[.]\"systemd/network.*" w != null) s.config.warnings;
    };
  static = { matchConfig.Name = "ens4"; address = [ "10.0.0.2/24" ]; };
in
{
  none = networksOf { };
  early = networksOf { systemd.network.networks."10-lan" = static; };
  late = networksOf { systemd.network.networks = { lan = static; zz = static; }; };
  disabled = networksOf { systemd.network.networks = { lan = static // { enable = false; }; }; };
  interface = networksOf { networking.interfaces.ens4.ipv4.addresses = [{ address = "10.0.0.2"; prefixLength = 24; }]; };
  noDHCP = networksOf { networking.useDHCP = false; systemd.network.networks.lan = static; };
  # A file that is no option's.
  byHand = networksOf { environment.etc."systemd/network/lan.network".text = "[Match]\nName=ens4\n"; };
  byHandEarly = networksOf { environment.etc."systemd/network/20-lan.network".text = "[Match]\nName=ens4\n"; };
}
