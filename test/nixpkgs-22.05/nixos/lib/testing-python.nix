# The function that made tests up to NixOS 22.05.
{ system, pkgs, extraConfigurations ? [ ] }:
let
  inherit (pkgs) lib;
  inherit (import ./build-vms.nix { inherit pkgs extraConfigurations; }) buildVirtualNetwork;
in
rec {
  inherit pkgs;
  makeTest =
    { name, testScript, ... }@t:
    let
      nodes = buildVirtualNetwork (t.nodes or { inherit (t) machine; });
      driver = pkgs.runCommand "nixos-test-driver-${name}" {
        testScript = if lib.isFunction testScript then testScript { inherit nodes; } else testScript;
        vms = map (node: node.config.system.build.vm) (lib.attrValues nodes);
      } "echo there is no qemu here >&2; exit 1";
      test = pkgs.stdenv.mkDerivation {
        name = "vm-test-run-${name}";
        requiredSystemFeatures = [ "kvm" "nixos-test" ];
        buildCommand = "${driver}/bin/nixos-test-driver";
      };
    in
    test // { inherit nodes driver test; };
  simpleTest = t: (makeTest t).test;
}
