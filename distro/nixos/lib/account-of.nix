# The account that an option names.
{ config }:

/* `users.users.<name>`. Throws an error that names the option if there is none. */
option: name:
config.users.users.${name} or (throw (
  "${option} is ${builtins.toJSON name}, which is none of users.users. Declare it, or name another one."
))
