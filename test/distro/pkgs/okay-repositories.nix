# Packages of other repositories: their files come from there, their origin is shown, and a system without them stays the same.
let
  lib = import ../../../distro/lib;
  make = archive: import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc archive; };
  plain = make { };
  pkgs = make { foreign = { docker-ce = "https://example.org/debian"; curl = "https://example.org/debian"; }; };
  normal = import ../../../distro/pkgs/repositories.nix { inherit lib; };
  attrsOf = pkg: builtins.removeAttrs pkg.deb.drvAttrs [ "exclude" ];
in
{
  docker = attrsOf pkgs.docker-ce;
  # The name that nixpkgs has as well.
  curl = (attrsOf pkgs.curl).repository;
  nano = attrsOf pkgs.nano;
  meta = { inherit (pkgs.docker-ce.meta) position unfree available; license = pkgs.docker-ce.meta.license.fullName; };
  tree = (pkgs.debianTree { packages = [ "docker-ce" ]; }).packages;
  same = map (name: pkgs.${name}.drvPath == plain.${name}.drvPath) [ "nano" "curl" ];
  trees = (plain.debianTree { packages = [ "vim" ]; }).drvPath == (pkgs.debianTree { packages = [ "vim" ]; }).drvPath;
  normal = normal {
    input = { outPath = "/nix/store/a"; narHash = "x"; };
    path = /nix/store/b;
    some = { source.outPath = "/nix/store/c"; packages = [ "docker-*" "containerd.io" ]; };
  };
  wrong = map (given: (builtins.tryEval (builtins.deepSeq (normal { x = given; }) true)).success) [
    { } 5 { source = 5; } { source = /x; package = [ "x" ]; } { source = /x; packages = "x"; } { source = /x; packages = [ "x/y" ]; }
  ];
}
