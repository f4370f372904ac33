# Files of sections with KEY = VALUE lines, in the dialects of services: how booleans and lists are written, and whether a value may go on
# in further lines.
{ lib }:

let
  text = import ./text.nix { inherit lib; };
  inherit (builtins) isBool isList isPath;

  key =
    text.restrict
      "[^][[:cntrl:]=#;]+"
      "brackets, `=', `#', `;' or line breaks in a setting's name, nor be empty";
  title =
    text.restrict "[^][[:cntrl:]]+" "brackets or line breaks in a section's name, nor be empty";
in
{
  /*
    A writer of such files:
    - separator: what stands between a key and its value;
    - yes, no: the words of booleans;
    - join: makes one value of a list of words; without it each element has a line of its own;
    - indent: what each further line of a value begins with; without it values are of one line.
    null leaves a setting out.
  */
  writer =
    {
      separator ? "=",
      yes ? "true",
      no ? "false",
      join ? null,
      indent ? null,
    }:
    let
      lines =
        at: value:
        let
          all = lib.splitString "\n" (lib.removeSuffix "\n" value);
        in
        if indent == null then
          text.line at value
        else
          lib.concatMapStringsSep "\n${indent}" (text.line at) (
            lib.imap0 (i: l: if i == 0 then l else lib.trim l) (
              builtins.filter (l: builtins.length all == 1 || lib.trim l != "") all
            )
          );
      word =
        at: value:
        if isBool value then
          if value then yes else no
        else if isPath value then
          text.line at "${value}"
        else
          lines at (toString value);
      setting =
        at: name: value:
        let
          here = text.below at name;
          line = v: "${key here name}${separator}${word here v}\n";
        in
        if value == null then
          ""
        else if isList value && join == null then
          lib.concatMapStrings line value
        else if isList value then
          line (join (map (word here) value))
        else
          line value;
      section =
        at: name: settings:
        "[${title at name}]\n${lib.concatStrings (lib.mapAttrsToList (setting (text.below at name)) settings)}";
    in
    {
      inherit setting section;

      /* The lines of settings, without a section. */
      settings = at: set: lib.concatStrings (lib.mapAttrsToList (setting at) set);

      /* All sections, those that are named by `first` before the others. */
      file =
        at: first: sections:
        lib.concatMapStringsSep "\n" (name: section at name sections.${name}) (
          builtins.filter (name: sections ? ${name}) first
          ++ lib.subtractLists first (lib.attrNames sections)
        );
    };
}
