{ pkgs }:

let
  inherit (pkgs) lib;
  inherit (pkgs.rustPlatform) buildRustPackage;

  hash = ./rust/hash;
  registry = ./rust/registry-url;
in
rec {
  alone = buildRustPackage {
    pname = "alone";
    version = "1.0.0";
    src = ./rust/alone;
    cargoLock.lockFile = ./rust/alone/Cargo.lock;
    buildFeatures = [ "loud" ];
  };
  crates = buildRustPackage (final: {
    pname = "fetched";
    version = "1.0.0";
    src = ./rust/fetched;
    cargoHash = if builtins.pathExists hash then lib.fileContents hash else lib.fakeHash;
  });
  cratesLocked = buildRustPackage {
    pname = "fetched-locked";
    version = "1.0.0";
    src = ./rust/fetched;
    cargoLock = {
      lockFile = ./rust/fetched/Cargo.lock;
      extraRegistries."sparse+${lib.fileContents registry}/index/" = "${lib.fileContents registry}/dl";
    };
  };
  rustRan = pkgs.runCommand "rust-ran" { } ''
    {
      ${alone}/bin/alone you
      ${crates}/bin/fetched
      ${cratesLocked}/bin/fetched
      type -p cargo || echo no cargo
    } > $out
  '';
}
