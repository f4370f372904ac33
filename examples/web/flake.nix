{
  description = "A web server with TLS, and a service in JavaScript behind it";

  inputs.nixpkgs.url = "debian/trixie";

  outputs =
    { self, nixpkgs }:
    {
      nixosModules.web = ./web.nix;

      nixosConfigurations.build-qcow2 = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [
          ./web.nix
          ./qcow.nix
        ];
      };
    };
}
