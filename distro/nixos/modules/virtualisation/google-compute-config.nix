# A guest of Google Compute Engine. Keys and scripts that its service offers are cloud-init's task (services.cloud-init).
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
  boot.initrd.availableKernelModules = [ "nvme" "virtio_scsi" ];
  networking.hostName = lib.mkDefault "";
  networking.timeServers = [ "metadata.google.internal" ];
  # The metadata service gives what DNS would otherwise ask others for.
  networking.usePredictableInterfaceNames = lib.mkDefault false;
  services.openssh = {
    enable = true;
    settings.PermitRootLogin = lib.mkDefault "prohibit-password";
  };
}
