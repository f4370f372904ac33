{
  description = "A machine with containers";

  inputs.nixpkgs.url = "debian/trixie";

  outputs =
    { self, nixpkgs }:
    {
      nixosConfigurations.build-qcow2 = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [
          ./configuration.nix
          ./containers.nix
          ./qcow.nix
        ];
      };
    };
}
