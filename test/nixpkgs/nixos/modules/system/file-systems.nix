{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.fileSystems = mkOption {
    default = { };
    type = types.attrsOf (
      types.submodule (
        { name, ... }: {
          options = {
            mountPoint = mkOption { type = types.str; default = name; };
            device = mkOption { type = types.str; };
            fsType = mkOption { type = types.str; default = "auto"; };
            options = mkOption { type = types.listOf types.str; default = [ "defaults" ]; };
            autoResize = mkOption { type = types.bool; default = false; };
            neededForBoot = mkOption { type = types.bool; default = false; };
            noCheck = mkOption { type = types.bool; default = false; };
          };
        }
      )
    );
  };
  config.environment.etc.fstab.text = lib.concatMapStrings (fs:
    "${fs.device} ${fs.mountPoint} ${fs.fsType} ${
      lib.concatStringsSep "," (fs.options ++ lib.optional fs.autoResize "x-systemd.growfs")
    } 0 ${if fs.noCheck then "0" else if fs.mountPoint == "/" then "1" else "2"}\n"
  ) (lib.attrValues config.fileSystems);
}
