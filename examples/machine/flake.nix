{
  description = "A machine";

  inputs.nixpkgs.url = "debian/trixie";

  outputs =
    { self, nixpkgs }:
    {
      nixosConfigurations.build-qcow2 = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [
          ./configuration.nix
          ./qcow.nix
        ];
      };
    };
}
