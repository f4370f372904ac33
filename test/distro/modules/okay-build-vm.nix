# The script of system.build.vm: with the kernel and this host's store, or over an image with its boot loader.
let
  lib = import ../../../distro/lib;
  fake = name: lib.mkForce "/nix/store/${builtins.substring 0 32 (builtins.hashString "sha256" name)}-${name}";
  short.system.build = { toplevel = fake "toplevel"; initialRamdisk = fake "initrd"; tree = fake "tree"; etc = fake "etc"; };
  system = modules: (import ./system.inc ([ short { boot.loader.grub.device = "/dev/vda"; } ] ++ modules)).config;
  # Of the script: its disks, what qemu starts, and its devices.
  lines = modules:
    let
      text = (builtins.head (system modules).system.build.vm.entries).text;
      wanted = line: builtins.match "(serve|\\[ -e|disk_over| +-(drive|kernel|initrd|append|chardev|nographic|serial)) .*" line != null;
      short = line: builtins.concatStringsSep "…" (builtins.filter builtins.isString (builtins.split "/nix/store/[a-z0-9]{32}-" line));
    in
    map short (builtins.filter (line: builtins.isString line && wanted line) (builtins.split "\n" text));
  vm = { virtualisation.useBootLoader = true; };
  image = (system [ ]).system.build.images.vm-bootloader;
in
{
  direct = lines [ ];
  bios = lines [ vm ];
  ofTheVariant = lines [ { virtualisation.vmVariant = vm; } ] == lines [ vm ];
  uefi = lines [ vm { virtualisation = { useEFIBoot = true; graphics = true; diskImage = "./d.qcow2"; }; } ];
  shares = lines [ vm { virtualisation = { sharedDirectories.src = { source = "/src"; target = "/mnt"; }; emptyDiskImages = [ 8 ]; }; } ];
  image = { inherit (image.passthru) filePath; inherit (image.passthru.config.virtualisation) useBootLoader; };
}
