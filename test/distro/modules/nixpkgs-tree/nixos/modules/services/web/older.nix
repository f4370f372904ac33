# As a module of another year: it sets an option that is no more, if it is used.
{ config, lib, ... }:
{
  options.services.older.enable = lib.mkEnableOption "what is of another year";
  config = lib.mkIf config.services.older.enable { services.gone.enable = true; };
}
