# Names of routing tables for iproute2's programs.
{ config, lib, ... }:

let
  cfg = config.networking.iproute2;
in
{
  options.networking.iproute2 = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = cfg.rttablesExtraConfig != "";
      defaultText = lib.literalMD "whether there are names of tables";
      description = "Whether the names of routing tables are written for `ip`.";
    };
    rttablesExtraConfig = lib.mkOption {
      type = lib.types.lines;
      default = "";
      example = "200 uplink";
      description = "Numbers of routing tables and their names, besides those of Debian's package.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.etc."iproute2/rt_tables.d/nixos.conf".text = cfg.rttablesExtraConfig;
  };
}
