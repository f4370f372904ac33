# The store paths that a test's script refers to, as a text file that refers to them: none, or a list of the one that `write` makes.
{ lib }:

write: script:
let
  paths = lib.unique (
    lib.concatLists (
      builtins.filter builtins.isList (
        builtins.split "(/nix/store/[0-9a-z]{32}-[0-9a-zA-Z+._?=-]+)" script
      )
    )
  );
  context = builtins.getContext script;
in
lib.optional (context != { }) (
  write (builtins.appendContext (lib.concatMapStrings (path: "${path}\n") paths) context)
)
