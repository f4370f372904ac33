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
      };
    };
}
