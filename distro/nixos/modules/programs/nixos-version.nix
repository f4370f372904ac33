# `nixos-version`, for people and scripts: which release of NixOS the modules follow, and which of Debian the packages are from.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (config.system) configurationRevision debian nixos;
  known = lib.filterAttrs (_: v: v != null);

  json = builtins.toJSON (
    known {
      nixosVersion = nixos.version;
      nixpkgsRevision = nixos.revision;
      inherit configurationRevision;
      debianRelease = debian.release;
      debianCodeName = debian.codeName;
    }
  );

  # Prints the value, or fails with a message if it is not known.
  line =
    value: what:
    if value == null then
      "echo ${lib.escapeShellArg "nixos-version: ${what} is not known"} >&2; exit 1"
    else
      "echo ${lib.escapeShellArg value}";
in
{
  environment.systemPackages = [
    (pkgs.writeScriptBin "nixos-version" ''
      #!/bin/sh
      case "''${1-}" in
        --json) echo ${lib.escapeShellArg json} ;;
        --revision | --hash) ${line nixos.revision "the commit of the distribution"} ;;
        --configuration-revision) ${line configurationRevision "the commit of the configuration"} ;;
        --help) echo 'Usage: nixos-version [--json | --revision | --hash | --configuration-revision]' ;;
        *) echo ${lib.escapeShellArg "${nixos.version} (${nixos.codeName})"} ;;
      esac
    '')
  ];
}
