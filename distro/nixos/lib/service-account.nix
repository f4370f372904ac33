# The account of a service, which is made unless the user names another one.
{ lib }:

/* { users, groups } for the module's user `name`: with `user` and `group` of other names nothing is made. The other attributes are those
   of the user. */
name:
{
  user ? name,
  group ? name,
  ...
}@attributes:
{
  users = lib.optionalAttrs (user == name) {
    ${name} = removeAttrs attributes [ "user" ] // {
      inherit group;
      isSystemUser = true;
    };
  };
  groups = lib.optionalAttrs (group == name) { ${name} = { }; };
}
