# What all systems for setting up machines over the network have.
{
  imports = [
    ./netboot.nix
    ../../profiles/all-hardware.nix
    ../../profiles/base.nix
    ../../profiles/installation-device.nix
  ];
}
