# A disc and a system for the network: what of the configuration is on them, and how they find it.
let
  system = import ./system.inc;
  lib = import ../../../distro/lib;
  installer = ../../../distro/nixos/modules/installer;
  # The archive of these tests has not all of a system's packages.
  short.system.build = lib.genAttrs [ "toplevel" "initialRamdisk" ]
    (name: lib.mkForce "/nix/store/${builtins.substring 0 32 (builtins.hashString "sha256" name)}-${name}");
  disc.isoImage = { makeEfiBootable = true; makeUsbBootable = true; };
  iso = modules: system ([ (installer + "/cd-dvd/iso-image.nix") disc short ] ++ modules);
  net = modules: system ([ (installer + "/netboot/netboot.nix") short ] ++ modules);
  # Without the hashes of the store.
  plain = string: let parts = builtins.split "/nix/store/[a-z0-9]{32}-" (builtins.unsafeDiscardStringContext string); in
    builtins.concatStringsSep "" (map (p: if builtins.isString p then p else "STORE/") parts);
  named = modules: let inherit (iso modules) config; in {
    inherit (config.image) baseName fileName filePath;
    inherit (config.isoImage) volumeID;
    built = config.system.build.image.filePath;
  };
  menu = modules: plain (iso modules).config.system.build.isoImage.grub.config;
  attributes = modules: let it = (iso modules).config.system.build.isoImage; in {
    inherit (it) isoName volumeID usbBootable compress;
    contents = map (c: { inherit (c) target; source = plain c.source; }) it.contents;
    grub = builtins.mapAttrs (_: plain) (removeAttrs it.grub [ "config" ]);
  };
  serial.boot.kernelParams = [ "console=ttyS0,9600" "a=\"b c\"" ];
  fstab = s: (s.etc [ "fstab" ]).fstab;
  mounts = s: map (m: { inherit (m) what where type options; }) s.config.boot.initrd.systemd.mounts;
in
{
  names = named [ ];
  edition = named [ { isoImage = { edition = "rescue"; compressImage = true; volumeID = "RESCUE DISC"; }; image.baseName = "x"; } ];
  old = named [ { isoImage.isoName = "old.iso"; } ];
  menu = menu [ { boot.loader.timeout = null; } ];
  serial = menu [ serial ];
  specialisation = menu [
    { isoImage = { prependToMenuLabel = "Try "; appendToMenuLabel = " now"; }; }
    { specialisation.quiet.configuration.boot.kernelParams = [ "quiet" ]; }
  ];
  disc = attributes [ { isoImage.contents = [ { source = ./system.inc; target = "/system.inc"; } ]; } ];
  signed = (attributes [ { boot.loader.grub.secureBoot.enable = true; } ]).grub;
  bios = (attributes [ { isoImage = { makeEfiBootable = lib.mkForce false; makeUsbBootable = lib.mkForce false; }; } ]).grub;
  lines = fstab (iso [ ]);
  initrd = mounts (iso [ { isoImage.volumeID = "A B"; } ]);
  blanks = fstab (iso [ { isoImage.volumeID = "A B"; } ]);
  # The module that makes a device of the squashfs is loaded before.
  loops = map (m: { inherit (m) where; after = builtins.filter (lib.hasInfix "modules") m.after; })
    (builtins.filter (m: m.type == "squashfs") (net [ ]).config.boot.initrd.systemd.mounts);
  modules = (net [ ]).config.boot.initrd.kernelModules;
  store = let it = (iso [ { isoImage.squashfsCompression = "gzip"; } ]).config.system.build.squashfsStore; in {
    inherit (it) comp blockSize noStrip;
  };
  nix = (iso [ { nix.enable = true; } ]).config.boot.postBootCommands;
  kernel = (iso [ ]).config.boot.kernelPackages.kernel.flavour;
  network = {
    lines = fstab (net [ ]);
    script = plain (builtins.head (net [ serial ]).config.system.build.kexecScript.entries).text;
    ramdisk = map (c: { inherit (c) target; }) (net [ ]).config.system.build.netbootRamdisk.contents;
    tree = map (e: e.path) (net [ ]).config.system.build.netbootTree.entries;
    kexec = map (e: e.path) (net [ ]).config.system.build.kexecTree.entries;
  };
  installer = let inherit (system [ (installer + "/cd-dvd/installation-cd-minimal.nix") ]) config; in {
    inherit (config.isoImage) edition makeEfiBootable makeUsbBootable volumeID;
    inherit (config.services.getty) autologinUser;
    inherit (config.services.openssh.settings) PermitRootLogin;
    inherit (config.security.sudo) wheelNeedsPassword;
  };
}
