# Takes the place of a module of ours that only refuses.
{ config, lib, ... }:
{
  options.networking.networkmanager.enable = lib.mkEnableOption "it";
  config.environment.etc = lib.mkIf config.networking.networkmanager.enable { "manager".text = "on"; };
}
