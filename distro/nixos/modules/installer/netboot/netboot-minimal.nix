# A small system for setting up machines over the network.
{
  imports = [
    ./netboot-base.nix
    ../../profiles/minimal.nix
  ];
}
