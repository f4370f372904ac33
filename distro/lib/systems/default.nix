# Systems: what their names say, and all that follows from it. Each part is read when it's used.
{ lib }:

let
  part = file: import file { inherit lib; };
in
{
  parse = part ./parse.nix;
  inspect = part ./inspect.nix;
  doubles = part ./doubles.nix;
  architectures = part ./architectures.nix;
  platforms = part ./platforms.nix;
  examples = part ./examples.nix;

  inherit (part ./elaborate.nix) elaborate equals functionNames systemToAttrs toLosslessStringMaybe;
  inherit (part ./supported.nix) flakeExposed;
  supported = { inherit (part ./supported.nix) hydra tier1 tier2 tier3; };
}
