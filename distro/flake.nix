{
  description = "Debian as a NixOS-like distribution: modules, options and a package set, made from a suite's signed archive";

  outputs = { self }:
    let
      lib = import ./lib;
      systems = [ "x86_64-linux" ];

      # archive.json beside this file says which state of which suite the packages are from.
      source = ./.;
    in
    {
      lib = lib // {
        nixosSystem = args: import ./nixos/lib/eval-config.nix ({ inherit lib source; system = null; } // args);
      };

      legacyPackages = lib.genAttrs systems (system: import ./pkgs { inherit source system lib; });

      # What bootflake itself runs, where the host has it not: merged trees, without the packages that only a whole system needs.
      toolTrees = lib.genAttrs systems (system: {
        qemu = (import ./pkgs { inherit source system lib; }).debianTree {
          name = "qemu-tree";
          packages = [ "qemu-system-x86" "ovmf" ];
          essential = false;
        };
      });

      nixosModules = {
        notDetected = { };
        qemu-guest = ./nixos/modules/profiles/qemu-guest.nix;
      };
    };
}
