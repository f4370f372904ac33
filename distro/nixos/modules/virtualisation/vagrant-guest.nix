# A guest of Vagrant: its user, with the key that Vagrant replaces at the first start.
{ lib, ... }:

{
  services.openssh.enable = true;
  users.users.vagrant = {
    isNormalUser = true;
    description = "Vagrant's user";
    extraGroups = [ "wheel" ];
    password = lib.mkDefault "vagrant";
    # https://github.com/hashicorp/vagrant/tree/main/keys
    openssh.authorizedKeys.keys = [
      (
        "ssh-rsa AAAAB3NzaC1yc2EAAAABIwAAAQEA6NF8iallvQVp22WDkTkyrtvp9eWW6A8YVr+kz4TjGYe7gHzIw+niNltGEFHzD8+v1I2YJ6oXevct1YeS0o9"
        + "HZyN1Q9qgCgzUFtdOKLv6IedplqoPkcmF0aYet2PkEDo3MlTBckFXPITAMzF8dJSIFo9D8HfdOV0IAdx4O7PtixWKn5y2hMNG0zQPyUecp4pzC6kivAIhyfH"
        + "ilFR61RGL+GPXQ2MWZWFYbAGjyiYJnAmCP3NOTd0jMZEnDkbUvxhMmBYSdETk1rRgm+R4LOzFUGaHqHDLKLX+FIPKcF96hrucXzcWyLbIbEgE98OHlnVYCzR"
        + "dK8jlqm8tehUc9c9WhQ== vagrant insecure public key"
      )
    ];
  };
  security.sudo.wheelNeedsPassword = lib.mkDefault false;
}
