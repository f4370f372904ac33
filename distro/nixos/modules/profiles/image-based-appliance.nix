# A machine that is installed as an image and replaced as one: it is neither switched nor built on.
{ lib, ... }:

{
  imports = [ ./minimal.nix ];

  system.switch.enable = lib.mkDefault false;
  nix.enable = lib.mkDefault false;
  users.mutableUsers = lib.mkDefault false;
}
