# How well nixpkgs supports systems (RFC 46), and which of them its flake has.
{ lib }:

rec {
  tier1 = [ "x86_64-linux" ];
  tier2 = [ "aarch64-linux" "x86_64-darwin" ];
  tier3 = [ "armv6l-linux" "armv7l-linux" "i686-linux" "mipsel-linux" ];
  hydra = tier1 ++ tier2 ++ tier3 ++ [ "aarch64-darwin" ];

  flakeExposed =
    tier1
    ++ tier2
    ++ lib.remove "mipsel-linux" tier3
    ++ [ "aarch64-darwin" "powerpc64le-linux" "riscv64-linux" "x86_64-freebsd" ];
}
