# The machine that an image describes is beside its derivation, which is the same with another machine.
let
  lib = import ../../../distro/lib;
  # Of the other modules it defines these alone.
  anything = lib.mkOption { type = lib.types.attrs; default = { }; };
  others = { options = { fileSystems = anything; systemd = anything; }; };
  configOf = module: (import ./system.inc [ ../../../distro/nixos/modules/virtualisation/qemu-vm.nix others module ]).config;
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
      sharedDirectories.src = { source = "/home/tarn/src"; target = "/mnt/src"; readOnly = true; };
      graphics = true;
      resolution = { x = 1024; y = 768; };
      tpm.enable = true;
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
    config.virtualisation = {
      graphics = true;
      resolution = { x = 1024; y = 768; };
      sharedDirectories.xchg = { source = "\"$TMPDIR\"/xchg"; target = "/tmp/xchg"; };
      memorySize = 1024; diskSize = "auto"; emptyDiskImages = [ 64 ]; qemu.options = [ "-kernel \${KERNEL}" ]; };
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
      sharedDirectories.a = { source = "relative"; target = "/mnt/a"; };
      sharedDirectories."a,b" = { source = "/a"; target = "/mnt/b"; };
      sharedDirectories.b = { source = "/b"; target = "/mnt/with space"; };
    };
  };
  mounted = (configOf { virtualisation.sharedDirectories.src = { source = "/s"; target = "/mnt/src"; readOnly = true; }; }).fileSystems;
  warned =
    (configOf {
      virtualisation = { useBootLoader = false; sharedDirectories.a = { source = "/a"; target = "/a"; securityModel = "passthrough"; }; };
    }).warnings;
}
