# A guest of DigitalOcean. Keys and addresses that its service offers are cloud-init's task (services.cloud-init).
{ lib, ... }:

{
  imports = [ ../profiles/qemu-guest.nix ];

  fileSystems."/" = lib.mkDefault {
    device = "/dev/disk/by-label/nixos";
    fsType = "ext4";
    autoResize = true;
  };
  boot.growPartition = lib.mkDefault true;
  boot.kernelParams = [ "console=ttyS0" "panic=1" "boot.panic_on_fail" ];
  networking.hostName = lib.mkDefault "";
  services.openssh = {
    enable = true;
    settings.PermitRootLogin = lib.mkDefault "prohibit-password";
  };
}
