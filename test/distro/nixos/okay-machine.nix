# The machine that an image describes is beside its derivation, which is the same with another machine.
let
  lib = import ../../../distro/lib;
  configOf = module: (import ./system.inc [ ../../../distro/nixos/modules/virtualisation/qemu-vm.nix module ]).config;
  imageOf = module: import ./image.inc { inherit (configOf module) virtualisation; args.partitionTableType = "hybrid"; };
  described = imageOf {
    virtualisation = {
      memorySize = 2048;
      cores = 4;
      diskSize = 20480;
      emptyDiskImages = [ 512 { size = 8; driveConfig.deviceExtraOpts.serial = "data"; } ];
      forwardPorts = [
        { host.port = 2222; guest.port = 22; }
        { from = "host"; proto = "udp"; host = { address = ""; port = 53; }; guest.port = 5353; }
      ];
      restrictNetwork = true;
      useEFIBoot = true;
      qemu.options = [ "-device usb-ehci" "-s" ];
    };
  };
  failed = module: map (a: a.message) (builtins.filter (a: !a.assertion) (configOf module).assertions);
in
{
  inherit (described) machineDescription;
  defaults = (imageOf { }).machineDescription;
  sameImage = described.drvPath == (imageOf { }).drvPath;
  ofNixos = (import ../../../distro/nixos/lib/machine-description.nix { inherit lib; }).machineDescription {
    own = false;
    config.virtualisation = { memorySize = 1024; diskSize = "auto"; emptyDiskImages = [ 64 ]; qemu.options = [ "-kernel \${KERNEL}" ]; };
  };
  refused = failed {
    virtualisation = {
      forwardPorts = [
        { from = "guest"; host.port = 80; guest = { address = "10.0.2.10"; port = 80; }; }
        { host = { port = 1; address = "localhost"; }; guest.port = 1; }
      ];
      emptyDiskImages = [ { size = 1; driveConfig.deviceExtraOpts.bootindex = "1"; } ];
      qemu.options = [ "-append \"$X\"" ];
      qemu.networkingOptions = [ "-nic none" ];
      useSecureBoot = true;
    };
  };
  warned = (configOf { virtualisation.useBootLoader = false; }).warnings;
}
