# Definitions of options that don't exist: all of them in one message, each with what was probably meant.
{ lib }:

let
  inherit (builtins) attrNames concatStringsSep elem filter foldl' head isAttrs length map tail;
  inherit (lib) showOption;
  inherit (lib.modules.nearest) elsewhere list nearest;
  inherit (lib.modules.places) place showWritten;

  # Of more than this many only the number is given.
  maxShown = 8;

  # The declared names beside the last part of `path`.
  siblings =
    path: options:
    let
      step = tree: name: if isAttrs tree && !lib.isOption tree then tree.${name} or { } else { };
      tree = foldl' step options (lib.init path);
    in
    if lib.isOption tree then [ ] else filter (n: n != "_module") (attrNames tree);

  # The hint for one of them, or null. `advice` gives the evaluation's own hints for names that it lacks: loc -> text or null.
  help =
    {
      prefix,
      options,
      advice,
    }:
    u:
    let
      path = lib.drop (length prefix) u.loc;
      name = lib.last path;
      here = siblings path options;
      near = nearest name here;
      parent = lib.init u.loc;
      known = advice u.loc;
      others = elsewhere name (removeAttrs options [ "_module" ]);
    in
    if near != [ ] then
      "Did you mean ${list (map (n: showOption (parent ++ [ n ])) near)}?"
    else if known != null then
      known
    else if others != [ ] then
      "An option of that name stands elsewhere: ${
        concatStringsSep ", " (
          map (o: "`${showOption prefix}${if prefix == [ ] then "" else "."}${o}'") others
        )
      }."
    else if here != [ ] && length here <= 20 && parent != prefix then
      "Options under `${showOption parent}': ${concatStringsSep ", " here}."
    else
      null;

  # Several definitions of one name are one error.
  byOption = foldl' (
    found: u: if elem u.loc (map (f: f.loc) found) then found else found ++ [ u ]
  ) [ ];
in
{
  unmatched,
  prefix,
  options,
  advice,
}@given:
let
  faults = byOption unmatched;
  one = head faults;
  helpFor = help { inherit prefix options advice; };

  alone =
    let
      text = helpFor one;
    in
    "The option `${showOption one.loc}' does not exist. Definition values:"
    + lib.concatMapStrings (u: "\n${showWritten u.loc u}") (filter (u: u.loc == one.loc) unmatched)
    + (if text == null then "" else "\n\n${text}");

  line =
    u:
    let
      text = helpFor u;
    in
    "- `${showOption u.loc}' in `${place u.loc u}'.${if text == null then "" else " ${text}"}";
  together =
    "These options do not exist:\n"
    + concatStringsSep "\n" (map line (lib.take maxShown faults))
    + (
      if length faults > maxShown then
        "\n- and ${toString (length faults - maxShown)} more."
      else
        ""
    );

  undeclared =
    if attrNames options != [ "_module" ] then
      ""
    else if prefix == [ ] then
      ''


        It seems as if you're trying to declare an option by placing it into `config' rather than `options'!''
    else
      ''


        However there are no options defined in `${showOption prefix}'. Are you sure you've declared your options properly?
        This can happen if you e.g. declared your options in `types.submodule' under `config' rather than `options'.'';
in
throw ((if tail faults == [ ] then alone else together) + undeclared)
