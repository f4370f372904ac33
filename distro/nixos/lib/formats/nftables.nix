# Parts of nftables rules.
{ lib }:

let
  text = import ./text.nix { inherit lib; };
  at = option: {
    inherit option;
    file = "the rules of nftables";
  };
in
{
  /* The name of an interface, quoted. A final `*' matches any rest of a name. */
  interface = option: name: "\"${text.interfaceName (at option) name}\"";

  /* The name of a table. */
  name =
    option:
    text.restrict
      "[a-zA-Z][a-zA-Z0-9/_.-]*"
      "anything but letters, digits and `/_.-' in a table's name"
      (at option);

  /* The rest of a rule's line. */
  words = option: text.line (at option);

  path =
    option: value:
    "\"${text.restrict "[^\"[:cntrl:]]+" "quotes or line breaks in a path, nor be empty" (at option) value}\"";

  /* Ports as an element of a set: a number, or { from, to }. */
  range =
    option: r:
    if !(r ? from && r ? to) || removeAttrs r [ "from" "to" ] != { } || r.from > r.to then
      text.refuse
        (at option)
        "anything but `from' and `to', the first not above the second, in a range of ports"
        r
    else
      "${toString r.from}-${toString r.to}";
}
