# Lines of sudoers(5).
{ lib }:

let
  text = import ./text.nix { inherit lib; };
  file = "/etc/sudoers";

  # A backslash at the end of a line joins the next line to it.
  part =
    at: value:
    if lib.hasSuffix "\\" value then
      text.refuse at "a backslash at its end, which would join the next line to it" value
    else
      text.restrict
        "[^[:cntrl:]]+"
        "line breaks or other control characters, nor be empty"
        at
        value;
  # Elements of lists are separated by commas.
  name =
    text.restrict
      "[^[:space:][:cntrl:],=:!()\\\"]+"
      "blanks, line breaks, quotes or any of `,=:!()\\', nor be empty";

  runAs = text.restrict "[^()[:cntrl:]]+" "parentheses or line breaks, nor be empty";

  # An id may take the place of a name, written #1000.
  user = at: v: if builtins.isInt v then "#${toString v}" else name at v;
  group = at: v: if builtins.isInt v then "%#${toString v}" else "%${name at v}";
in
{
  /* The line of a rule { users, groups, host, runAs, commands } in the list `option`; empty without users and groups. */
  rule =
    option: r:
    let
      at = key: {
        inherit file;
        option = "${option}.*.${key}";
      };
      who = map (user (at "users")) r.users ++ map (group (at "groups")) r.groups;
      commands = lib.concatMapStringsSep ", " command r.commands;
      command =
        c:
        if builtins.isString c then
          "SETENV: ${part (at "commands") c}"
        else
          "${lib.concatMapStrings (o: "${o}: ") c.options}${part (at "commands") c.command}";
    in
    lib.optionalString
      (who != [ ] && r.commands != [ ])
      "${lib.concatStringsSep ", " who} ${part (at "host") r.host}=(${runAs (at "runAs") r.runAs}) ${commands}\n";
}
