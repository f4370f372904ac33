# Which system this is, and since when.
{ config, lib, options, pkgs, ... }:

let
  cfg = config.system.nixos;
  inherit (lib) mkOption types;

  readOnly = default: description: mkOption {
    type = types.str;
    internal = true;
    readOnly = true;
    inherit default description;
  };

  inherit (pkgs.debianRelease) suite version;
in
{
  options.system = {
    nixos = {
      version = mkOption {
        type = types.str;
        internal = true;
        default = "${version}.${suite}";
        description = "The version that the boot menu and `nixos-version` show.";
      };
      release = readOnly version "The release of Debian, such as `13`.";
      codeName = readOnly suite "Debian's code name of the release.";
      versionSuffix = mkOption {
        type = types.str;
        internal = true;
        default = ".${suite}";
        description = "What follows the release in the version.";
      };
      revision = mkOption {
        type = types.nullOr types.str;
        internal = true;
        default = null;
        description = "The commit of the distribution, where it is known.";
      };
      distroId = mkOption {
        type = types.str;
        internal = true;
        default = "debian";
        description = "The distribution's id, as in os-release.";
      };
      distroName = mkOption {
        type = types.str;
        internal = true;
        default = "Debian GNU/Linux";
        description = "The distribution's name, as in os-release.";
      };
      variant_id = mkOption {
        type = types.nullOr (types.strMatching "[a-z0-9._-]+");
        default = null;
        example = "installer";
        description = "A lower-case id of a variant of the system, for os-release.";
      };
    };

    stateVersion = mkOption {
      type = types.str;
      default = lib.trivial.release;
      example = "23.05";
      description = "The release at which this machine was first installed. Modules keep data formats of that time; do not change it when upgrading.";
    };

    configurationRevision = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The commit that the configuration was built from.";
    };
  };

  config.warnings = lib.optional (options.system.stateVersion.highestPrio >= 1500)
    "system.stateVersion is not set, defaulting to ${config.system.stateVersion}. Set it to the release that this machine was first installed with.";
}
