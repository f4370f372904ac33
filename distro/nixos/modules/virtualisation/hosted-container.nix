# A container whose host configures its network and its clock.
{ lib, ... }:

{
  imports = [ ../image/file-options.nix ];

  boot.isContainerImage = true;
  networking.useDHCP = lib.mkDefault false;
  networking.firewall.enable = lib.mkDefault false;
  services.resolved.enable = lib.mkDefault false;
  services.timesyncd.enable = lib.mkDefault false;
}
