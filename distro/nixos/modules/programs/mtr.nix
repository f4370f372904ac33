# mtr, which follows the way of packets. Its part that sends them has the right to for all users.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  options.programs.mtr = {
    enable = lib.mkEnableOption "mtr, for all users";
    package = lib.mkPackageOption pkgs "mtr" { };
  };

  config = lib.mkIf config.programs.mtr.enable {
    environment.systemPackages = [ config.programs.mtr.package ];
    security.wrappers.mtr-packet = {
      owner = "root";
      group = "root";
      capabilities = "cap_net_raw+p";
      source = "${config.programs.mtr.package}/bin/mtr-packet";
    };
  };
}
