# Versions. Debian's release is that of the packages; NixOS's is that of the options, defaults and data formats that the modules follow,
# with which they compare `system.stateVersion`.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:

let
  cfg = config.system.nixos;
  inherit (lib) mkOption types;

  readOnly =
    default: description:
    mkOption {
      type = types.str;
      internal = true;
      readOnly = true;
      inherit default description;
    };

  inherit (pkgs.debianRelease) suite version;

  # NixOS's first releases; later ones are of May and November of each year (in 2020 of March and September).
  earlyReleases = [
    "13.10"
    "14.04"
    "14.12"
    "15.09"
    "16.03"
    "16.09"
    "17.03"
    "17.09"
    "18.03"
    "18.09"
    "19.03"
    "19.09"
    "20.03"
    "20.09"
  ];
  isRelease =
    value:
    builtins.elem value earlyReleases
    || builtins.match "(2[1-9]|[3-9][0-9])\\.(05|11)" value != null;

  state = config.system.stateVersion;
in
{
  options.system = {
    debian = {
      release = readOnly version "The release of Debian that the packages are from, such as `13`.";
      codeName = readOnly suite "Debian's code name of that release.";
    };

    nixos = {
      version = mkOption {
        type = types.str;
        internal = true;
        default = "${cfg.release}${cfg.versionSuffix}";
        defaultText =
          lib.literalExpression ''"''${system.nixos.release}''${system.nixos.versionSuffix}"'';
        description = "The version that `nixos-version` prints.";
      };
      release = readOnly lib.trivial.release "The release of NixOS that the modules follow.";
      codeName = readOnly suite "Debian's code name of the release that the packages are from.";
      versionSuffix = mkOption {
        type = types.str;
        internal = true;
        default = ".debian-${version}";
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
      defaultText = lib.literalMD "the release of NixOS that the modules follow";
      example = lib.trivial.release;
      description = ''
        The release of NixOS, such as `25.11`, that was current when this machine was first installed. Modules keep data formats of that
        time; do not change it when upgrading.
      '';
    };

    configurationRevision = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = lib.literalExpression "self.rev or null";
      description =
        "The commit of the configuration, which `nixos-version --configuration-revision` prints.";
    };
  };

  config = {
    warnings =
      lib.optional
        (options.system.stateVersion.highestPrio >= 1500)
        "system.stateVersion is not set, defaulting to ${state}. Set it to the release that this machine was first installed with.";

    assertions = [
      {
        assertion = isRelease state;
        message =
          (
            "system.stateVersion is \"${state}\", which is not a release of NixOS (they are named by year "
            + "and month, as \"${lib.trivial.release}\")."
          )
          + (
            if state == version then
              " The flake's input chooses Debian's release, as debian/${suite}."
            else
              ""
          )
          + " Set system.stateVersion = \"${lib.trivial.release}\" for a new machine, "
          + "or the release that an older one was first installed with.";
      }
    ];
  };
}
