{ lib, ... }:
{
  options.ids = lib.genAttrs [ "uids" "gids" ] (_: lib.mkOption { type = lib.types.attrsOf lib.types.int; });
  config.ids = {
    # Debian has root, and messagebus by another number; 102 is a number that it gives away.
    uids = { root = 0; messagebus = 4; hello = 77; other = 102; };
    gids = { root = 0; hello = 77; other = 102; };
  };
}
