# A root in memory: the image is another file system of the machine.
builtins.isString (import ./image.inc {
  fileSystems = {
    "/" = { fsType = "tmpfs"; };
    "/persist" = { label = "nixos"; fsType = "ext4"; neededForBoot = true; };
    "/nix" = { device = "/persist/nix"; fsType = "none"; options = [ "bind" ]; };
  };
}).drvPath
