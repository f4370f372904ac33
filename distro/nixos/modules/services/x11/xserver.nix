# The keyboard as X11 describes it, which the virtual consoles can have, too. There is no X server.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  inherit (import ../../../lib/set-types.nix { inherit lib; }) checkedListOf;
  # What ckbcomp(1) takes as one argument.
  word = types.strMatching "[a-zA-Z0-9_,:()+-]*";
  old =
    from: to:
    lib.mkRenamedOptionModule ([ "services" "xserver" ] ++ from) ([
      "services"
      "xserver"
      "xkb"
    ] ++ to);
in
{
  imports = [
    (import ../../../lib/inert.nix { inherit lib; } [
      {
        path = [ "services" "xserver" "enable" ];
        type = types.bool;
        default = false;
        refused = true;
        why =
          "the distribution has no modules of desktops. Those of nixpkgs come with nixosModules.fromNixpkgs";
      }
      {
        path = [ "services" "xserver" "deviceSection" ];
        type = types.lines;
        default = "";
        why = "there is no X server";
      }
      {
        path = [ "services" "xserver" "videoDrivers" ];
        type = types.listOf types.str;
        default = [ ];
        why = "there is no X server";
      }
    ])
    (old [ "layout" ] [ "layout" ])
    (old [ "xkbModel" ] [ "model" ])
    (old [ "xkbOptions" ] [ "options" ])
    (old [ "xkbVariant" ] [ "variant" ])
  ];

  options.services.xserver.xkb = {
    layout = mkOption {
      type = word;
      default = "us";
      example = "de,us";
      description =
        "Keyboard layouts, as in xkeyboard-config(7). `console.useXkbConfig` gives them to the virtual consoles.";
    };
    model = mkOption {
      type = word;
      default = "pc104";
      description = "The model of the keyboard.";
    };
    variant = mkOption {
      type = word;
      default = "";
      example = "nodeadkeys";
      description = "Variants of the layouts.";
    };
    options = mkOption {
      type = types.coercedTo (checkedListOf word) (lib.concatStringsSep ",") word;
      default = "terminate:ctrl_alt_bksp";
      example = "ctrl:nocaps";
      description = "Options of the layouts.";
    };
  };
}
