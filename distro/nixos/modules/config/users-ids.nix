# The accounts of users and groups that count, and the ids that they have by their options or by a table.
{ config, lib }:

let
  inherit (config) ids;
in
rec {
  # Users that are enabled, and all groups, as lists.
  users = builtins.filter (u: u.enable) (lib.attrValues config.users.users);
  groups = lib.attrValues config.users.groups;

  # The id of one user or group, or null, if it has none yet.
  fixedUid = u: if u.uid != null then u.uid else ids.uids.${u.name} or null;
  fixedGid = g: if g.gid != null then g.gid else ids.gids.${g.name} or null;

  # Those of a list by their names, as `idOf` says.
  fixedIds =
    idOf: list:
    builtins.listToAttrs (
      map (x: {
        inherit (x) name;
        value = idOf x;
      }) (builtins.filter (x: idOf x != null) list)
    );
}
