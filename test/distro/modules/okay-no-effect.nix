# What has no effect is told, and nothing else changes: the network is set up all the same.
let
  system = import ./system.inc {
    boot.loader.efi.canTouchEfiVariables = true;
    boot.loader.grub.theme = "/theme";
    environment.extraOutputsToInstall = [ "dev" ];
    networking.useNetworkd = false;
    networking.nftables.checkRuleset = false;
  };
  inherit (system) config lib;
in
{
  inherit (config) warnings;
  networkd = config.systemd.network.enable;
  networks = lib.attrNames config.systemd.network.networks;
  checked = system.checked;
}
