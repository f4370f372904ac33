# userborn, which makes accounts on NixOS if it is enabled.
{ lib, ... }:

{
  imports = [
    (import ../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "services" "userborn" "enable" ];
        type = lib.types.bool;
        default = false;
        why = "accounts are made with the image, and by activation, in one way";
      }
      {
        path = [ "services" "userborn" "passwordFilesLocation" ];
        type = lib.types.path;
        default = "/etc";
        why = "accounts are in /etc";
      }
    ])
  ];
}
