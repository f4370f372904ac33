# A whole system as one program for UEFI: a unified kernel image whose initrd has the system in it.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  kernel = config.boot.kernelPackages.kernel;
  inherit (config.system) build;
in
{
  imports = [
    ../../image/file-options.nix
    ./netboot.nix
  ];

  system.nixos.tags = [ "uki" ];
  image.extension = "efi";
  system.build.image = pkgs.builtinDerivation "uki" {
    name = "uki";
    inherit (config.image) fileName;
    stub = "${pkgs.debianPackages.systemd-boot-efi.deb}";
    kernel = "${kernel.deb}/boot/vmlinuz-${kernel.modDirVersion}";
    initrd = "${build.netbootRamdisk}/initrd";
    osRelease = "${build.etc}/etc/os-release";
    cmdline = "init=${build.toplevel}/init ${lib.concatStringsSep " " config.boot.kernelParams}";
    uname = kernel.modDirVersion;
  };
}
