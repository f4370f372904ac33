# Drivers that a kind of host needs in the initrd, by its name. Debian's kernel for clouds lacks some.
{ host, drivers }:
{
  config,
  lib,
  pkgs,
  ...
}:

let
  lackedBy = kernel: builtins.filter (name: (kernel.lacksModules or { }) ? ${name}) drivers;
  lacked = lackedBy config.boot.kernelPackages.kernel;
in
{
  boot.initrd.availableKernelModules = drivers;
  boot.kernelPackages = lib.mkIf (lackedBy pkgs.linuxPackages.kernel != [ ]) (
    lib.mkDefault pkgs.linuxPackages_generic
  );
  assertions = [
    {
      assertion = lacked == [ ];
      message =
        "An image for ${host} needs the kernel modules ${lib.concatStringsSep ", " lacked}, which the kernel of boot.kernelPackages "
        + "(${config.boot.kernelPackages.kernel.modDirVersion or "unknown"}) lacks. Use `pkgs.linuxPackages_generic' for it, such as by "
        + "`image.modules.<name>.boot.kernelPackages = lib.mkForce pkgs.linuxPackages_generic'.";
    }
  ];
}
