# Licences by nixpkgs' names, their combinations, and predicates on these.
{ lib }:

let
  inherit (builtins) mapAttrs;

  spdx = import ./spdx.nix {
    spdx = spdxId: fullName: {
      inherit spdxId fullName;
      url = "https://spdx.org/licenses/${spdxId}.html";
    };
  };
  other = import ./other.nix { named = fullName: { inherit fullName; }; };

  all =
    {
      free,
      redistributable,
      deprecated ? false,
    }:
    mapAttrs (
      shortName: about:
      {
        inherit shortName free redistributable deprecated;
        licenseType = "simple";
      }
      // about
    );
  free = all {
    free = true;
    redistributable = true;
  };
  redistributable = all {
    free = false;
    redistributable = true;
  };
  unfree = all {
    free = false;
    redistributable = false;
  };

  licences =
    free (spdx.free // other.free)
    // redistributable (spdx.redistributable // other.redistributable)
    // unfree (spdx.unfree // other.unfree)
    // all {
      free = true;
      redistributable = true;
      deprecated = true;
    } spdx.deprecated;

  short = shortName: licence: licence // { inherit shortName; };
in
licences
// {
  ecl20 = short "ECL 2.0" licences.ecl20;
  nvidiaCuda = short "CUDA EULA" licences.nvidiaCuda;
  nvidiaCudaRedist = short "CUDA EULA" licences.nvidiaCudaRedist;
  tsl = short "TSL" licences.tsl;
}
// import ./expressions.nix { inherit lib; }
