# A guest of Microsoft Azure.
{ config, lib, ... }:

let
  inherit (lib) mkDefault mkOption types;
in
{
  imports = [
    ../../lib/labelled-root.nix
    ../profiles/headless.nix
    (import ../../lib/cloud-guest.nix [ "Azure" ])
  ];

  options.virtualisation.azure.acceleratedNetworking = mkOption {
    type = types.bool;
    default = false;
    description = "Whether the machine has a network card of the host's besides that of Hyper-V.";
  };

  config = {
    boot.kernelParams = [ "console=ttyS0" "earlyprintk=ttyS0" "rootdelay=300" ];
    boot.initrd.availableKernelModules =
      [ "nvme" "pci_hyperv" ]
      ++ lib.optionals config.virtualisation.azure.acceleratedNetworking [ "mlx4_en" "mlx5_core" ];
    virtualisation.hypervGuest.enable = true;
    networking.usePredictableInterfaceNames = mkDefault (
      !config.virtualisation.azure.acceleratedNetworking
    );
    # The serial console of Azure is for logging in.
    systemd.services."serial-getty@ttyS0".enable = true;
  };
}
