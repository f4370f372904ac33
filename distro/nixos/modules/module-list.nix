# The modules of every system, in the order of their paths.
[
  ./misc/assertions.nix
  ./misc/label.nix
  ./misc/lib.nix
  ./misc/meta.nix
  ./misc/nixpkgs.nix
  ./misc/version.nix
]
