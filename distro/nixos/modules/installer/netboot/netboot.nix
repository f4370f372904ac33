# A system that is started over the network, or from another one with kexec: the store is a squashfs in the initrd, everything is in memory.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.netboot;
  inherit (config.system) build;
  inherit (import ../../../lib/formats { inherit lib; }) text;

  kernel = config.boot.kernelPackages.kernel;
  bzImage = "${kernel.deb}/boot/vmlinuz-${kernel.modDirVersion}";
  # Copies, as they are for other machines, which have no such store.
  copies =
    name: files:
    pkgs.builtinDerivation "tree" {
      inherit name;
      entries = lib.mapAttrsToList (path: file: { inherit path; } // file) files;
    };

  liveStore = import ../../../lib/live-store.nix { inherit config lib pkgs; };
  kernelParams = [ "init=${build.toplevel}/init" ] ++ config.boot.kernelParams;
  line =
    map
      (text.line {
        option = "boot.kernelParams";
        file = "the kernel's command line";
      })
      kernelParams;
in
{
  options.netboot = {
    squashfsCompression = mkOption {
      type = types.nullOr types.str;
      default = "zstd -Xcompression-level 3";
      example = "zstd -Xcompression-level 19";
      description =
        "How the store is packed: a compressor with its options as mksquashfs has them, `zstd` or `gzip`. If null, it is not packed.";
    };
    storeContents = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      example = lib.literalExpression "[ pkgs.git ]";
      description =
        "Packages and other store paths to add to the store, besides those of the system.";
    };
  };

  config = lib.mkMerge [
    (liveStore { device = "/nix-store.squashfs"; })
    {
      boot.loader.grub.enable = lib.mkImageMediaOverride false;
      system.boot.loader = {
        kernelFile = lib.mkDefault "bzImage";
        initrdFile = lib.mkDefault "initrd";
      };

      netboot.storeContents = [ build.toplevel ];

      system.build = {
        squashfsStore = import ../../../lib/make-squashfs.nix {
          inherit pkgs lib;
          inherit (cfg) storeContents;
          fileName = "nix-store";
          comp = cfg.squashfsCompression;
        };

        kernel = copies "kernel" { bzImage.source = bzImage; };

        # The system's initrd, and behind it an archive with the store.
        netbootRamdisk = pkgs.builtinDerivation "netboot-ramdisk" {
          name = "initrd";
          prepend = [ "${build.initialRamdisk}/initrd" ];
          contents = [
            {
              source = "${build.squashfsStore}";
              target = "/nix-store.squashfs";
            }
          ];
        };

        # Another script that chains to this one can add parameters in the variable `cmdline'.
        netbootIpxeScript = pkgs.writeTextDir "netboot.ipxe" ''
          #!ipxe
          kernel bzImage initrd=initrd ${lib.concatStringsSep " " line} ''${cmdline}
          initrd initrd
          boot
        '';

        kexecScript = pkgs.writeScript "kexec-boot" ''
          #!/bin/sh
          # Replaces the running system by the one beside this script, without a restart of the machine.
          if ! kexec -v > /dev/null 2>&1; then
            echo "kexec-boot: there is no program kexec: install the package kexec-tools" >&2
            exit 1
          fi
          folder=$(cd -- "$(dirname -- "$0")" && pwd) || exit
          kexec --load "$folder/bzImage" --initrd="$folder/initrd.gz" \
            --command-line=${lib.escapeShellArg (lib.concatStringsSep " " line)} || exit
          exec kexec -e
        '';

        kexecTree = copies "kexec-tree" {
          "initrd.gz".source = "${build.netbootRamdisk}/initrd";
          bzImage.source = bzImage;
          kexec-boot.source = "${build.kexecScript}";
        };

        # What a server for the network needs, in one folder.
        netbootTree = copies "netboot-tree" {
          initrd.source = "${build.netbootRamdisk}/initrd";
          bzImage.source = bzImage;
          "netboot.ipxe".source = "${build.netbootIpxeScript}/netboot.ipxe";
        };
      };
    }
  ];
}
