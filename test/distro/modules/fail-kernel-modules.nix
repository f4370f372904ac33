# Modules that the chosen kernel has not.
(import ./system.inc ({ pkgs, ... }: {
  boot.kernelPackages = pkgs.linuxPackages_6_12;
  boot.kernelModules = [ "e1000" ];
  boot.initrd.kernelModules = [ "9p" ];
})).checked
