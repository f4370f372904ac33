# Updates for processors of Intel, which the kernel loads before anything else.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  options.hardware.cpu.intel.updateMicrocode = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description =
      "Whether the initrd brings the processor's microcode up to date, if it is one of Intel. In a virtual machine, it is the host's task.";
  };

  config = lib.mkIf config.hardware.cpu.intel.updateMicrocode {
    # Only the beginning of the initrd is searched for it.
    boot.initrd.prepend = lib.mkOrder 1 [ "${pkgs.microcode-intel}/intel-ucode.img" ];
  };
}
