{
  description = "A machine with software of its own: in C, JavaScript and Python";

  inputs.nixpkgs.url = "debian/trixie";

  outputs =
    { self, nixpkgs }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
    in
    {
      packages.x86_64-linux = {
        checksum = pkgs.callPackage ./checksum/package.nix { };
        weekday = pkgs.callPackage ./weekday/package.nix { };
        notes = pkgs.python3Packages.callPackage ./notes/package.nix { };
      };

      nixosConfigurations.build-qcow2 = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        specialArgs = { own = self.packages.x86_64-linux; };
        modules = [
          ./configuration.nix
          ./qcow.nix
        ];
      };
    };
}
