# The file of systemd-networkd's for wireless interfaces, which get their addresses by DHCP, as Ethernet's do.
{
  networks."99-wireless-client-dhcp" = {
    matchConfig.WLANInterfaceType = "station";
    DHCP = "yes";
    # Wired networks come first.
    dhcpV4Config.RouteMetric = 1025;
    ipv6AcceptRAConfig.RouteMetric = 1025;
    networkConfig.IPv6PrivacyExtensions = "kernel";
    # A machine that is not near its networks starts nevertheless.
    linkConfig.RequiredForOnline = false;
  };
}
