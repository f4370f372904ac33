# The module of one vendor's updates for processors, which the kernel loads before anything else.
{
  # In hardware.cpu, and of the package microcode-NAME.
  name,
  # What people call it.
  title,
}:
{
  config,
  lib,
  pkgs,
  ...
}:

{
  options.hardware.cpu.${name}.updateMicrocode = lib.mkOption {
    type = lib.types.bool;
    default = false;
    description =
      "Whether the initrd brings the processor's microcode up to date, if it is one of ${title}. In a virtual machine, it is the host's "
      + "task.";
  };

  config = lib.mkIf config.hardware.cpu.${name}.updateMicrocode {
    # Only the beginning of the initrd is searched for it.
    boot.initrd.prepend = lib.mkOrder 1 [ "${pkgs."microcode-${name}"}/${name}-ucode.img" ];
  };
}
