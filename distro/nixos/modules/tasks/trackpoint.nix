# The pointing stick of ThinkPads: its speed and sensitivity, by a rule of udev.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.hardware.trackpoint;
  byte =
    default: description:
    mkOption {
      type = types.ints.between 0 255;
      inherit default description;
    };
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "hardware" "trackpoint" "emulateWheel" ];
        type = types.bool;
        default = false;
        why = "libinput scrolls with the middle button by itself";
      }
      {
        path = [ "hardware" "trackpoint" "fakeButtons" ];
        type = types.bool;
        default = false;
        refused = true;
        why = "the module of the kernel that it sets is a part of Debian's kernel";
      }
    ])
  ];

  options.hardware.trackpoint = {
    enable = lib.mkEnableOption "settings of the pointing stick of ThinkPads";
    sensitivity = byte 128 "How sensitive it is.";
    speed = byte 97 "How fast the pointer moves.";
    device = mkOption {
      type = types.strMatching "[A-Za-z0-9 _./+-]+";
      default = "TPPS/2 IBM TrackPoint";
      description = "The name of the device, as in /proc/bus/input/devices.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.udev.extraRules = ''
      ACTION=="add|change", SUBSYSTEM=="input", ATTR{name}=="${cfg.device}", ATTR{device/speed}="${
        toString cfg.speed
      }", ATTR{device/sensitivity}="${toString cfg.sensitivity}"
    '';
  };
}
