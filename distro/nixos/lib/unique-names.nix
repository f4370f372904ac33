# Assertions that things have names of their own. Otherwise all but one of them would be lost, or be parts of the other.
{ lib }:

/* `list` has the `name` of each thing and the `option` that gives it; `what` they are, in the plural. */
what: list:
lib.mapAttrsToList
  (name: same: {
    assertion = false;
    message = "${
      lib.concatMapStringsSep " and " (it: it.option) same
    } ${
      if builtins.length same > 2 then "all" else "both"
    } have the name ${builtins.toJSON name}, but ${what} need names of their own. Change all but one of them.";
  })
  (lib.filterAttrs (_: same: builtins.length same > 1) (builtins.groupBy (it: it.name) list))
