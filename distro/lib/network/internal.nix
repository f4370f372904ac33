# The parser of addresses where nixpkgs has it.
{
  lib ? import ../.,
}:

let
  ipv6 = import ./ipv6.nix { inherit lib; };
in
{
  _ipv6 = {
    split = ipv6.parse;
    toStringFromExpandedIp = ipv6.show;
  };
}
