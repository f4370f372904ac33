# The options of a host or a location that only users with passwords see.
{ lib }:

let
  inherit (lib) mkOption types;
in
{
  basicAuth = mkOption {
    type = types.attrsOf types.str;
    default = { };
    example = { alice = "her password"; };
    description =
      "Users and their passwords, which all who can read the store can read. Better use `basicAuthFile`.";
  };
  basicAuthFile = mkOption {
    type = types.nullOr types.path;
    default = null;
    description =
      "A file of users and hashes of their passwords, as `htpasswd -B -c FILE USER` makes it.";
  };
}
