# A guest of Amazon EC2. The image itself is made by maintainers/scripts/ec2/amazon-image.nix.
{ lib, ... }:

{
  imports = [
    ../../lib/labelled-root.nix
    ../profiles/headless.nix
    (import ../../lib/cloud-guest.nix [ "Ec2" ])
    (import ../../lib/efi-option.nix [ "ec2" "efi" ] false)
  ];

  config = {
    boot.kernelParams = [
      "console=ttyS0,115200n8"
      "random.trust_cpu=on"
      "nvme_core.io_timeout=4294967295"
    ];
    boot.initrd.availableKernelModules = [ "nvme" "xen_blkfront" "xen_netfront" "ena" ];
    # The serial console of EC2 is for logging in.
    systemd.services."serial-getty@ttyS0".enable = true;
    networking.timeServers = [ "169.254.169.123" ];
  };
}
