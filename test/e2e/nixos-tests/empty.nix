# As a file of nixpkgs' own tests.
import
  ./make-test-python.nix
  (
    { pkgs, lib, ... }:
    {
      name = "empty";
      meta.maintainers = with lib.maintainers; [ nobody ];
      nodes = { };
      testScript = ''
        print(f"1 + 1 is {1 + 1}")
      '';
    }
  )
