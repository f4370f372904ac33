# Drivers of graphics cards: Mesa's of Debian, which programs find in /usr.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.hardware.graphics;
  old = name: lib.mkRenamedOptionModule [ "hardware" "opengl" name ] [ "hardware" "graphics" name ];
  packages =
    description:
    mkOption {
      type = types.listOf types.package;
      default = [ ];
      inherit description;
    };
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "hardware" "graphics" "enable32Bit" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "there are no packages of i386";
      }
    ])
    (old "enable")
    (old "extraPackages")
    (old "extraPackages32")
    (lib.mkRenamedOptionModule
      [ "hardware" "opengl" "driSupport32Bit" ]
      [ "hardware" "graphics" "enable32Bit" ]
    )
    (lib.mkRemovedOptionModule [ "hardware" "opengl" "driSupport" ] "It is always on.")
  ];

  options.hardware.graphics = {
    enable =
      lib.mkEnableOption "drivers of graphics cards, for OpenGL, Vulkan and the decoding of video";
    extraPackages = packages "Further drivers, such as those of VA-API.";
    extraPackages32 = packages "No effect: there are no programs of i386.";
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [
      pkgs.debianPackages.libgl1-mesa-dri
      pkgs.debianPackages.mesa-va-drivers
      pkgs.debianPackages.mesa-vulkan-drivers
    ] ++ cfg.extraPackages;
  };
}
