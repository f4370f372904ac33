{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.system.nixos;
  string = default: mkOption { type = types.str; inherit default; };
in
{
  options.system = {
    stateVersion = string cfg.release;
    nixos = {
      release = mkOption { type = types.str; readOnly = true; default = "23.05"; };
      codeName = mkOption { type = types.str; readOnly = true; default = "Stoat"; };
      versionSuffix = string "pre-git";
      version = string (cfg.release + cfg.versionSuffix);
      label = string cfg.version;
      revision = mkOption { type = types.nullOr types.str; default = null; };
      distroName = string "NixOS";
      distroId = string "nixos";
    };
  };
  config.environment.etc.os-release.text = ''
    NAME=NixOS
    ID=nixos
    VERSION="${cfg.release} (${cfg.codeName})"
    VERSION_ID="${cfg.release}"
    BUILD_ID="${cfg.version}"
    PRETTY_NAME="NixOS ${cfg.release} (${cfg.codeName})"
  '';
}
