# Options of nixpkgs' modules that configurations of servers turn off, or look at. With fromNixpkgs, nixpkgs' own take their place.
{ lib, ... }:

{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } (
      map
        (path: {
          path = lib.splitString "." path;
          type = lib.types.bool;
          default = false;
          refused = true;
          why =
            "the distribution has no module for it. Import that of nixpkgs, by nixpkgs.nixosModules.fromNixpkgs";
        })
        [
          "fonts.fontconfig.enable"
          "services.gerrit.enable"
          "services.gitlab.enable"
          "services.gitolite.enable"
          "xdg.autostart.enable"
          "xdg.icons.enable"
          "xdg.menus.enable"
          "xdg.sounds.enable"
        ]
    ))
  ];
}
