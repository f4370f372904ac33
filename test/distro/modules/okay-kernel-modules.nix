# Which kernel a configuration has, by the modules that it asks for.
let
  kernel = modules:
    let s = import ./system.inc modules;
    in { inherit (s.config.boot.kernelPackages.kernel) flavour;
      warnings = builtins.filter (w: builtins.match ".*kernel.*" w != null) s.config.warnings; };
in
{
  plain = kernel { };
  # 9p is among the drivers that the profile of the distribution makes available: that alone asks for no other kernel.
  profile = kernel ({ modulesPath, ... }: { imports = [ "${toString modulesPath}/profiles/qemu-guest.nix" ]; });
  loaded = kernel { boot.initrd.kernelModules = [ "9p" ]; };
  available = kernel { boot.initrd.availableKernelModules = [ "usb-storage" "virtio_blk" ]; };
  later = kernel { boot.kernelModules = [ "e1000" "virtio_gpu" ]; };
  fileSystem = kernel { fileSystems."/data" = { device = "/dev/vdb"; fsType = "f2fs"; }; };
  tools = kernel { boot.supportedFilesystems = [ "f2fs" ]; };
  chosen = kernel ({ pkgs, ... }: { boot.kernelModules = [ "e1000" ]; boot.kernelPackages = pkgs.linuxPackages_generic; });
  chosenWithout = kernel ({ pkgs, ... }: {
    boot.initrd.availableKernelModules = [ "e1000" ]; boot.kernelPackages = pkgs.linuxPackages_6_12; });
}
