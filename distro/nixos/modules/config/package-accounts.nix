# Accounts that Debian's packages expect and their maintainer scripts would make: those of all packages in the system, also of packages
# that only a unit refers to. A declared account of the same name goes before.
{ config, lib, ... }:

let
  cfg = config.users;
  inherit (config.system.build) tree;

  namesOf = accounts: map (a: a.name) (lib.attrValues accounts);
in
{
  options.users.ofPackages = lib.mkOption {
    type = lib.types.raw;
    internal = true;
    description =
      "The accounts that packages of the system expect and that are not declared: users, by name, with their home, shell and "
      + "groups; and names of groups.";
  };

  config.users.ofPackages = {
    users = removeAttrs tree.users (namesOf cfg.users);
    groups = lib.subtractLists (namesOf cfg.groups) tree.groups;
  };
}
