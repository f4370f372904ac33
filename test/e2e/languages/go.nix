{ pkgs }:

let
  inherit (pkgs) buildGoModule lib;

  hash = ./go/hash;
in
rec {
  vendored = buildGoModule {
    pname = "vendored";
    version = "1.0";
    src = ./go/vendored;
    vendorHash = null;
    ldflags = [ "-X main.version=1.0" ];
  };
  fetched = buildGoModule (final: {
    pname = "fetched";
    version = "1.0";
    src = ./go/fetched;
    vendorHash = if builtins.pathExists hash then lib.fileContents hash else lib.fakeHash;
    subPackages = [ "cmd/hello" ];
  });
  goRan = pkgs.runCommand "go-ran" { nativeBuildInputs = [ vendored fetched ]; } ''
    { vendored you; hello; type -p go || echo no go; } > $out
  '';
}
