# Lines of hosts(5) and resolv.conf(5): an address and names, between blanks; comments begin with `#'.
{ lib }:

let
  text = import ./text.nix { inherit lib; };
in
{
  /* The line of an address with its names; empty without names. */
  entry =
    {
      option,
      address,
      names,
    }:
    let
      word = text.uncommentedWord {
        inherit option;
        file = "/etc/hosts";
      };
    in
    lib.optionalString (names != [ ]) "${word address} ${lib.concatMapStringsSep " " word names}\n";

  /* The line of a keyword of resolv.conf; empty without words. */
  resolver =
    {
      option,
      keyword,
      words,
    }:
    let
      word = text.uncommentedWord {
        inherit option;
        file = "/etc/resolv.conf";
      };
    in
    lib.optionalString (words != [ ]) "${keyword} ${lib.concatMapStringsSep " " word words}\n";
}
