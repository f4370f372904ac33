# What the configuration of a system has that runs from a squashfs of its store: the root is in memory, and so are additions to the store.
{
  config,
  lib,
  pkgs,
}:

# { device, the file in the initrd; depends, the mount points that it is on }
squashfs:
let
  # It is used up to the very end.
  kept = "x-initrd.mount";
in
{
  fileSystems = lib.mapAttrs (_: lib.mkImageMediaOverride) {
    "/" = {
      fsType = "tmpfs";
      options = [ "mode=0755" ];
    };
    "/nix/.ro-store" = squashfs // {
      fsType = "squashfs";
      options = [ "loop" kept ];
      neededForBoot = true;
    };
    "/nix/.rw-store" = {
      fsType = "tmpfs";
      options = [ "mode=0755" kept ];
      neededForBoot = true;
    };
    "/nix/store" = {
      overlay = {
        lowerdir = [ "/nix/.ro-store" ];
        upperdir = "/nix/.rw-store/store";
        workdir = "/nix/.rw-store/work";
      };
      options = [ kept ];
      neededForBoot = true;
    };
  };

  boot = {
    # The one for virtual machines has no drivers for USB.
    kernelPackages = lib.mkOverride 1400 pkgs.linuxPackages_generic;
    initrd.availableKernelModules = [ "squashfs" ];
    # The image's paths are Nix's, too.
    postBootCommands = ''
      mkdir -p /nix/var/nix/profiles
      ln -sfn "$toplevel" /nix/var/nix/profiles/system
      ${lib.optionalString config.nix.enable "nix-store --load-db < /nix/store/nix-path-registration"}
    '';
  };
}
