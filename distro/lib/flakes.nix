# References to flakes, as text and as sets.
{ lib }:

{
  inherit (builtins) parseFlakeRef flakeRefToString;
}
