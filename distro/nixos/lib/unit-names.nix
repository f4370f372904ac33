# Assertions that names can be parts of the names of units. The units themselves could only name an option that no user has written.
{ lib }:

/* `list` has each `name`, and the `option` that gives it. */
list:
map (
  { name, option }:
  {
    assertion = builtins.match "[a-zA-Z0-9:_.\\@%-]+" name != null;
    message =
      "${option} has the name ${builtins.toJSON name}, which is part of a unit's name. Take one of letters, digits, `:', `_', `.' and "
      + "`-'.";
  }
) list
