{
  inputs.nixpkgs.url = "debian/trixie";
  outputs =
    { nixpkgs, ... }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
    in
    {
      packages.x86_64-linux =
        import ./python.nix { inherit pkgs; }
        // import ./npm.nix { inherit pkgs; }
        // import ./go.nix { inherit pkgs; }
        // import ./rust.nix { inherit pkgs; };
    };
}
