{ config, lib, ... }:
{
  options.fonts.fontconfig.enable = lib.mkOption { type = lib.types.bool; default = true; };
  config.environment.etc = lib.mkIf config.fonts.fontconfig.enable { "fonts".text = "on"; };
}
