# Lines of hosts(5) and resolv.conf(5): an address and names, between blanks; comments begin with `#'.
{ lib }:

let
  text = import ./text.nix { inherit lib; };
in
{
  /* An address with its names; nothing without names. */
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

  /* A keyword of resolv.conf with its words; nothing without words. */
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
