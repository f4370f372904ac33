{
  description = "Tests of machines";

  inputs.nixpkgs.url = "debian/trixie";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs.legacyPackages.x86_64-linux) testers nixosTest;
    in
    {
      checks.x86_64-linux = {
        methods = testers.runNixOSTest ./methods.nix;
        networks = nixosTest ./networks.nix;
        secureBoot = testers.runNixOSTest ./secure-boot.nix;
        switch-boot = nixosTest ./switch-boot.nix;
        router = nixosTest ./router.nix;
        # As one of nixpkgs: its driver is made by a program.
        foreign.driver = derivation {
          name = "nixos-test-driver-foreign";
          system = "x86_64-linux";
          builder = "/bin/sh";
        };
      };
    };
}
