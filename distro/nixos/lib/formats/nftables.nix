# Parts of nftables rules.
{ lib }:

let
  text = import ./text.nix { inherit lib; };
  addresses = import ../addresses.nix { inherit lib; };
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

  /* Addresses, networks and ranges of one family, as the elements of a set: 192.0.2.0/24, fc00::/64. */
  address =
    family: option: value:
    if addresses.isRangeOf (if family == "ip" then "ipv4" else "ipv6") value then
      value
    else
      text.refuse
        (at option)
        "anything but an address or a network of ${if family == "ip" then "IPv4" else "IPv6"}"
        value;

  /* A protocol that has ports. */
  protocol =
    option:
    text.restrict "(tcp|udp|sctp|dccp|udplite)" "anything but the name of a protocol with ports" (
      at option
    );

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
