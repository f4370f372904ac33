# Names in git-config(1). Values are escaped by lib.generators.toGitINI, names are not.
{ lib }:

let
  text = import ./text.nix { inherit lib; };
  at = path: {
    option = lib.showOption path;
    file = "a configuration file of git's";
  };

  section =
    text.restrict "[a-zA-Z0-9.-]+" "anything but letters, digits, `.' and `-' in a section's name";
  subsection =
    text.restrict
      "[^\"\\[:cntrl:]]+"
      "quotes, backslashes or line breaks in a subsection's name, nor be empty";
  variable =
    text.restrict
      "[a-zA-Z][a-zA-Z0-9-]*"
      "anything but letters, digits and `-' in a variable's name, which begins with a letter";

  isSection = v: builtins.isAttrs v && !(lib.isDerivation v);
  # `check' checks the names of sections at this level.
  checked =
    path: check:
    lib.mapAttrs' (
      name: v:
      let
        here = path ++ [ name ];
      in
      if isSection v then
        lib.nameValuePair (check (at here) name) (checked here subsection v)
      else
        lib.nameValuePair (variable (at here) name) v
    );
in
{
  /* { section.variable = value; section.subsection.variable = value; } as text. `path' is the path of the option. */
  configuration = path: settings: lib.generators.toGitINI (checked path section settings);
}
