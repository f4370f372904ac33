{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkOption types;
in
{
  options = {
    passthru = mkOption { type = types.lazyAttrsOf types.raw; };
    test = mkOption { type = types.package; };
  };
  config.test = hostPkgs.stdenv.mkDerivation {
    name = "vm-test-run-${config.name}";
    requiredSystemFeatures = [ "nixos-test" "kvm" ];
    buildCommand = "${config.driver}/bin/nixos-test-driver -o $out";
    inherit (config) passthru;
  };
}
