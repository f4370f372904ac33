# A small disc for setting up machines.
{ lib, ... }:

{
  imports = [
    ./installation-cd-base.nix
    ../../profiles/minimal.nix
  ];

  isoImage.edition = lib.mkOverride 500 "minimal";
}
