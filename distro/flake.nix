{
  description =
    "Debian as a NixOS-like distribution: modules, options and a package set, made from a suite's signed archive";

  outputs =
    { self }:
    let
      lib = import ./lib;
      systems = [ "x86_64-linux" ];

      # archive.json beside this file says which state of which suite the packages are from.
      source = ./.;
    in
    {
      lib = lib // {
        nixosSystem =
          args:
          import ./nixos/lib/eval-config.nix ({
            inherit lib source;
            system = null;
          } // args);
      };

      legacyPackages = lib.genAttrs systems (system: import ./pkgs { inherit source system lib; });

      # What bootflake itself and its tests run, where the host has it not: merged trees, without
      # the packages that only a whole system needs.
      toolTrees = lib.genAttrs systems (
        system:
        lib.mapAttrs
          (
            name: packages:
            (import ./pkgs { inherit source system lib; }).debianTree {
              name = "${name}-tree";
              inherit packages;
              essential = false;
            }
          )
          {
            qemu = [ "qemu-system-x86" "ovmf" ];
            bubblewrap = [ "bubblewrap" ];
            busybox = [ "busybox-static" ];
            passt = [ "passt" ];
            tesseract = [ "tesseract-ocr" ];
            xz = [ "xz-utils" ];
            bzip2 = [ "bzip2" ];
            lz4 = [ "lz4" ];
            python3 = [ "python3" ];
            swtpm = [ "swtpm" ];
            virtiofsd = [ "virtiofsd" ];
            judges = [
              "e2fsprogs"
              "dosfstools"
              "gdisk"
              "fdisk"
              "mtools"
              "qemu-utils"
              "sqlite3"
              "squashfs-tools"
              "xorriso"
              "erofs-utils"
              "attr"
            ];
          }
      );

      nixosModules = {
        fromNixpkgs = import ./nixos/lib/from-nixpkgs.nix { inherit lib; };
        notDetected = ./nixos/modules/installer/scan/not-detected.nix;
        qemu-guest = ./nixos/modules/profiles/qemu-guest.nix;
      };
    };
}
