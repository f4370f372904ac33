{
  config,
  lib,
  pkgs,
  ...
}:
{
  boot.kernelPackages = pkgs.linuxPackages_6_12;

  users.users.tarn = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    password = "";
  };

  environment.systemPackages = with pkgs; [ python313 ];

  # Next: name further packages above, or add services. With these two lines the machine has a server for ssh, and `bootflake run
  # --forward 2222:22` lets the host's port 2222 reach it:
  #   services.openssh.enable = true;
  #   users.users.tarn.openssh.authorizedKeys.keys = [ "ssh-ed25519 ... you@example.org" ];

  # The release of NixOS whose data formats the machine began with; it stays when the machine is upgraded.
  system.stateVersion = "25.11";
}
