# Traceroute, for all users.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  options.programs.traceroute = {
    enable = lib.mkEnableOption "traceroute, for all users";
    package = lib.mkPackageOption pkgs "traceroute" { };
  };

  config = lib.mkIf config.programs.traceroute.enable {
    environment.systemPackages = [ config.programs.traceroute.package ];
    security.wrappers.traceroute = {
      owner = "root";
      group = "root";
      capabilities = "cap_net_raw+p";
      source = "${config.programs.traceroute.package}/bin/traceroute";
    };
  };
}
