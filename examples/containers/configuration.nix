{ pkgs, ... }:
{
  boot.kernelPackages = pkgs.linuxPackages_6_12;

  users.users.tarn = {
    isNormalUser = true;
    extraGroups = [ "wheel" "podman" ];
    password = "";
  };

  environment.systemPackages = [ pkgs.curl ];

  system.stateVersion = "25.11";
}
