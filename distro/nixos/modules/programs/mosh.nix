# mosh, a remote shell over UDP that survives changes of networks.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.programs.mosh;
in
{
  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "programs" "mosh" "withUtempter" ];
        type = lib.types.bool;
        default = true;
        why = "Debian's mosh always tells utempter who is logged in";
      }
    ])
  ];

  options.programs.mosh = {
    enable = lib.mkEnableOption "mosh";
    package = lib.mkPackageOption pkgs "mosh" { };
    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether the firewall lets mosh's UDP ports 60000 to 61000 in.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    networking.firewall.allowedUDPPortRanges = lib.optional cfg.openFirewall {
      from = 60000;
      to = 61000;
    };
  };
}
