# A system that is started over the network: the kernel, the initrd with the whole system, and a script for iPXE, in one folder.
{ config, ... }:

{
  imports = [
    ../../image/file-options.nix
    ./netboot.nix
  ];

  system.nixos.tags = [ "netboot" ];
  image.extension = "ipxe";
  image.filePath = "netboot.ipxe";
  system.build.image = config.system.build.netbootTree;
}
