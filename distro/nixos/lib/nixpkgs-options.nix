# Options of modules of nixpkgs that have no place in ours, and that others of its modules set or read: a part of fromNixpkgs.
{ lib, ... }:

let
  inherit (lib) mkOption types;
in
{
  options.system.requiredKernelConfig = mkOption {
    type = types.listOf types.attrs;
    default = [ ];
    internal = true;
    description =
      "What modules need of the kernel's configuration, from `config.lib.kernelConfig`. Debian's kernels have all that is asked for "
      + "here as yes or as a module.";
  };

  options.systemd.additionalUpstreamSystemUnits = mkOption {
    type = types.listOf types.str;
    default = [ ];
    internal = true;
    description =
      "Units of systemd's own that the system has in addition. Debian's packages install all of theirs, so these are there anyway.";
  };

  options.boot.kernel.features = mkOption {
    type = types.attrsOf types.bool;
    default = { };
    internal = true;
    description =
      "What a kernel that is compiled would have. Debian's are compiled already: they have `debug`.";
  };

  options.location = {
    latitude = mkOption {
      type = types.float;
      default = 0.0;
      example = 52.51;
      description = "The machine's latitude in degrees north, for programs that go by the sun.";
    };
    longitude = mkOption {
      type = types.float;
      default = 0.0;
      example = 13.4;
      description = "The machine's longitude in degrees east.";
    };
    provider = mkOption {
      type = types.enum [ "manual" "geoclue2" ];
      default = "manual";
      description =
        "Where programs learn the location from: `latitude` and `longitude`, or the service GeoClue.";
    };
  };

  config.lib.kernelConfig =
    let
      setting = value: name: { inherit name value; };
    in
    {
      isYes = setting "y";
      isNo = setting "n";
      isModule = setting "m";
      isEnabled = setting "y or m";
      isDisabled = setting "n";
    };
}
