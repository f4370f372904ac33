# What a guest of a cloud takes from it by cloud-init: its name, keys for root, and the user's data. `sources` are cloud-init's names of
# where the cloud offers them.
sources:
{ lib, ... }:

{
  services.cloud-init = {
    enable = lib.mkDefault true;
    settings.datasource_list = lib.mkDefault (sources ++ [ "None" ]);
  };
  services.openssh = {
    enable = lib.mkDefault true;
    settings.PermitRootLogin = lib.mkDefault "prohibit-password";
  };
  networking.hostName = lib.mkDefault "";
}
