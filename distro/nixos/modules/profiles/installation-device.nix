# A system that runs from a disc, stick or network, for looking at a machine and setting it up: its consoles are logged in.
{ config, lib, ... }:

{
  imports = [
    ../installer/scan/detected.nix
    ../installer/scan/not-detected.nix
  ];

  config = {
    users.users.nixos = {
      isNormalUser = true;
      extraGroups = [ "wheel" "video" ];
      # Logged in without a password, but not over the network.
      initialHashedPassword = "";
    };
    users.users.root.initialHashedPassword = "";

    security.sudo = {
      enable = lib.mkDefault true;
      wheelNeedsPassword = lib.mkImageMediaOverride false;
    };

    services.getty = {
      autologinUser = "nixos";
      helpLine = ''
        The users `nixos' and `root' have empty passwords. To log in over ssh, set one with `passwd', or add a key to
        /home/nixos/.ssh/authorized_keys or /root/.ssh/authorized_keys.
      '';
    };

    services.openssh = {
      enable = lib.mkDefault true;
      settings.PermitRootLogin = lib.mkDefault "yes";
    };

    system.stateVersion = lib.mkDefault config.system.nixos.release;
  };
}
