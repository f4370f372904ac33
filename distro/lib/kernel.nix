# Values of a kernel configuration's options, as NixOS writes them. Debian's kernels are taken as they are: nothing here has an effect.
{ lib }:

let
  tristate = value: {
    tristate = value;
    optional = false;
  };
in
rec {
  yes = tristate "y";
  no = tristate "n";
  module = tristate "m";
  unset = {
    tristate = null;
    optional = false;
  };
  freeform = value: {
    freeform = value;
    optional = false;
  };
  option = value: value // { optional = true; };

  whenHelpers = version: {
    whenAtLeast = wanted: lib.mkIf (lib.versionAtLeast version wanted);
    whenOlder = wanted: lib.mkIf (lib.versionOlder version wanted);
    whenBetween =
      low: high: lib.mkIf (lib.versionAtLeast version low && lib.versionOlder version high);
  };
}
