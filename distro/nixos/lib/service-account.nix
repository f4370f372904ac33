# The account of a service, which is made unless the user names another one.
{ lib }:

/* { users, groups } for the module's user `name`: with `user` and `group` of other names nothing is made. */
name:
{
  user ? name,
  group ? name,
  description,
  home ? "/var/empty",
  createHome ? false,
}:
{
  users = lib.optionalAttrs (user == name) {
    ${name} = {
      inherit description group home createHome;
      isSystemUser = true;
    };
  };
  groups = lib.optionalAttrs (group == name) { ${name} = { }; };
}
