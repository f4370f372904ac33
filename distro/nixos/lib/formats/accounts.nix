# users.spec: the accounts from which activation updates /etc/passwd, /etc/shadow and /etc/group (see
# system/activation/programs/Accounts.pm).
#
# Lines `user NAME` or `group NAME`, each followed by lines ` KEY VALUE`. Most values become fields of passwd(5), shadow(5) or group(5),
# which end at a colon; a plain text password is hashed first.
{ lib }:

let
  text = import ./text.nix { inherit lib; };
  at = path: {
    file = "the account database";
    option = lib.showOption path;
  };
  secretAt = path: at path // { secret = true; };

  accountName =
    path:
    text.restrict
      "[a-zA-Z0-9_][a-zA-Z0-9_.-]*[$]?"
      "anything but an account's name: letters, digits, `_', `.' and `-'"
      (at path);
  field = text.restrict "[^:[:cntrl:]]*" "colons, line breaks or other control characters";
  nonEmpty =
    path:
    text.restrict "[^:[:cntrl:]]+" "colons, line breaks or other control characters, nor be empty" (
      at path
    );
  secretField = path: field (secretAt path);
  number = _: toString;

  # Keys in the order in which they are written, each with the format of its value.
  userKeys = [
    {
      key = "id";
      write = number;
    }
    {
      key = "auto";
      write = number;
    }
    {
      key = "group";
      write = accountName;
    }
    {
      key = "description";
      write = path: field (at path);
    }
    {
      key = "home";
      write = nonEmpty;
    }
    {
      key = "shell";
      write = nonEmpty;
    }
    {
      key = "password";
      write = path: text.line (secretAt path);
    }
    {
      key = "hashedPassword";
      write = secretField;
    }
    {
      key = "hashedPasswordFile";
      write = path: text.line (at path);
    }
    {
      key = "initialPassword";
      write = path: text.line (secretAt path);
    }
    {
      key = "initialHashedPassword";
      write = secretField;
    }
    {
      key = "expires";
      write = number;
    }
    {
      key = "createHome";
      write = number;
    }
    {
      key = "homeMode";
      write = number;
    }
    {
      key = "autoSubIds";
      write = number;
    }
    {
      key = "subUids";
      write = number;
    }
    {
      key = "subGids";
      write = number;
    }
  ];
  groupKeys = [
    {
      key = "id";
      write = number;
    }
    {
      key = "auto";
      write = number;
    }
    {
      key = "members";
      write = path: names: lib.concatMapStringsSep "," (accountName path) names;
    }
  ];

  entry =
    kind: path: keys: name: values:
    let
      given = builtins.filter ({ key, ... }: values.${key} or null != null) keys;
      line = { key, write }: " ${key} ${write (path ++ [ name key ]) values.${key}}\n";
    in
    "${kind} ${accountName (path ++ [ name "name" ]) name}\n" + lib.concatMapStrings line given;
in
{
  /* The lines of an account, or of a group, from values by key. Missing values and null are left out. */
  user = entry "user" [ "users" "users" ] userKeys;
  group = entry "group" [ "users" "groups" ] groupKeys;
}
