# File systems of users' own programs.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.programs.fuse;
in
{
  options.programs.fuse = {
    enable = mkOption {
      type = types.bool;
      default = cfg.userAllowOther;
      defaultText = lib.literalExpression "config.programs.fuse.userAllowOther";
      description =
        "Whether `fusermount3` is installed, with /etc/fuse.conf. NixOS has it by default.";
    };
    mountMax = mkOption {
      type = types.ints.between 0 32767;
      default = 1000;
      description = "How many such file systems users other than root may mount.";
    };
    userAllowOther = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether they may use the mount options allow_other and allow_root, as in mount.fuse3(8).";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ pkgs.fuse3 ];
    environment.etc."fuse.conf".text =
      lib.optionalString cfg.userAllowOther "user_allow_other\n"
      + "mount_max = ${toString cfg.mountMax}\n";
  };
}
