# Wavemon, which shows wireless networks, for all users.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  options.programs.wavemon = {
    enable = lib.mkEnableOption "wavemon, which shows wireless networks, for all users";
    package = lib.mkPackageOption pkgs "wavemon" { };
  };

  config = lib.mkIf config.programs.wavemon.enable {
    environment.systemPackages = [ config.programs.wavemon.package ];
    security.wrappers.wavemon = {
      owner = "root";
      group = "root";
      capabilities = "cap_net_admin+ep";
      source = "${config.programs.wavemon.package}/bin/wavemon";
    };
  };
}
