# Iftop, which shows the traffic of a network card, for all users.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  options.programs.iftop = {
    enable = lib.mkEnableOption "iftop, which shows the traffic of a network card, for all users";
    package = lib.mkPackageOption pkgs "iftop" { };
  };

  config = lib.mkIf config.programs.iftop.enable {
    environment.systemPackages = [ config.programs.iftop.package ];
    security.wrappers.iftop = {
      owner = "root";
      group = "root";
      capabilities = "cap_net_raw+p";
      source = "${config.programs.iftop.package}/bin/iftop";
    };
  };
}
