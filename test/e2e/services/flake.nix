{
  description = "Machines with many services each";

  inputs.nixpkgs.url = "debian/trixie";

  # Every other file of this folder is a test; folders are what tests use.
  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      files = builtins.filter (name: lib.hasSuffix ".nix" name && name != "flake.nix") (
        builtins.attrNames (builtins.readDir ./.)
      );
    in
    {
      checks.x86_64-linux = lib.listToAttrs (
        map (
          file:
          lib.nameValuePair (lib.removeSuffix ".nix" file) (
            nixpkgs.legacyPackages.x86_64-linux.testers.runNixOSTest (./. + "/${file}")
          )
        ) files
      );
    };
}
