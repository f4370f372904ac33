# What containers of LXC, LXD and Incus share.
{ lib, ... }:

{
  boot.isContainerImage = true;
  networking.useDHCP = lib.mkDefault true;
  networking.useNetworkd = lib.mkDefault true;
  # The addresses are the container's own, not those of a machine that nspawn runs in.
  services.resolved.enable = lib.mkOverride 890 true;
  systemd.network.wait-online.enable = lib.mkOverride 900 false;
}
