# Iotop, which shows what processes read and write, for all users.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  options.programs.iotop = {
    enable = lib.mkEnableOption "iotop, which shows what processes read and write, for all users";
    package = lib.mkPackageOption pkgs "iotop" { };
  };

  config = lib.mkIf config.programs.iotop.enable {
    environment.systemPackages = [ config.programs.iotop.package ];
    security.wrappers.iotop = {
      owner = "root";
      group = "root";
      capabilities = "cap_net_admin+p";
      source = "${config.programs.iotop.package}/bin/iotop";
    };
  };
}
