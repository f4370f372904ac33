# For hardware of unknown kinds: firmware for it, if the kernel has drivers for hardware at all.
{ config, lib, ... }:

{
  hardware.enableRedistributableFirmware = lib.mkDefault (
    config.boot.kernelPackages.kernel.flavour or "" != "cloud"
  );
}
