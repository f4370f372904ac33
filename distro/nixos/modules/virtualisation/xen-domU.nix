# A guest of Xen.
{
  boot.initrd.availableKernelModules = [ "xen_blkfront" "xen_netfront" "xen_kbdfront" ];
  boot.kernelParams = [ "console=hvc0" ];
}
