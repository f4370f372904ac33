# Functions on version strings.
{ lib }:

rec {
  inherit (builtins) compareVersions splitVersion;

  major = v: builtins.elemAt (splitVersion v) 0;
  minor = v: builtins.elemAt (splitVersion v) 1;
  patch = v: builtins.elemAt (splitVersion v) 2;
  majorMinor = v: builtins.concatStringsSep "." (lib.take 2 (splitVersion v));

  /* Cut or filled with zeroes to n components. */
  pad =
    n: version:
    let
      numbers = builtins.head (lib.splitString "-" version);
      suffix = lib.removePrefix numbers version;
      parts = lib.take n (splitVersion numbers);
    in
    builtins.concatStringsSep "." (parts ++ lib.replicate (n - builtins.length parts) "0") + suffix;
}
