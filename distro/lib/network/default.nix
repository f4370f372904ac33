# Network addresses.
{ lib }:

let
  inherit (builtins) bitXor elemAt match;
  inherit (import ./ipv6.nix { inherit lib; }) parse show;
in
{
  ipv6 = {
    /* fromString "2001:DB8::ffff/32" == { address = "2001:db8:0:0:0:0:0:ffff"; prefixLength = 32; }, by default 128. */
    fromString =
      text:
      let
        parsed = parse text;
      in
      {
        address = show parsed.address;
        inherit (parsed) prefixLength;
      };

    /* The second half of an address that is made of a MAC address: "66:75:63:6B:20:75" gives "6475:63ff:fe6b:2075" (RFC 4291,
       appendix A). */
    mkEUI64Suffix =
      mac:
      let
        hex = "([0-9A-Fa-f]{2})";
        octets = match "${hex}[-:.]?${hex}[-:.]?${hex}[-:.]?${hex}[-:.]?${hex}[-:.]?${hex}" mac;
        octet = elemAt octets;
        # The bit for "universally administered" is the other way round than in the MAC address.
        first = lib.toHexString (bitXor 512 (lib.fromHexString (octet 0 + octet 1)));
      in
      if octets == null then
        throw "\"${mac}\" is not a valid MAC address (expected 6 octets of hex digits)"
      else
        lib.toLower "${first}:${octet 2}ff:fe${octet 3}:${octet 4}${octet 5}";
  };
}
