# Tests of packages and systems: `pkgs.testers` and `pkgs.nixosTest`.
{
  lib,
  self,
  source,
}:

let
  testing = import ../nixos/lib/testing {
    inherit lib source;
    pkgs = self;
  };
in
{
  testers = { inherit (testing) runNixOSTest nixosTest testOfFile testNamesOfFile; };
  inherit (testing) nixosTest;
}
