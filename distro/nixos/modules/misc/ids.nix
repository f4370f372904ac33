# The numbers of system accounts that modules know, as `config.ids`: Debian's, and those that other modules add.
{ lib, ... }:

let
  table =
    description:
    lib.mkOption {
      type = lib.types.attrsOf lib.types.int;
      internal = true;
      inherit description;
    };
in
{
  options.ids = {
    uids = table "The user ids of system accounts.";
    gids = table "The group ids of system accounts.";
  };

  config.ids = import ../../lib/debian-ids.nix;
}
