# screen, with /etc/screenrc.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.screen;
in
{
  options.programs.screen = {
    enable = lib.mkEnableOption "screen";
    package = lib.mkPackageOption pkgs "screen" { };
    screenrc = lib.mkOption {
      type = lib.types.lines;
      default = "";
      example = "defscrollback 10000";
      description = "The contents of /etc/screenrc, as in screen(1).";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.etc.screenrc.text = cfg.screenrc;
    security.pam.services.screen = { };
  };
}
