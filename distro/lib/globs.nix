# Paths that patterns match, component by component.
{ lib }:

let
  inherit (builtins) elemAt filter isList isString length map match split;

  components = text: filter isString (split "/" text);

  # A component as a regular expression; null is ** for any number of components.
  regex =
    component:
    if component == "**" then
      null
    else
      lib.concatStrings (
        map (part: if isList part then "[^/]*" else lib.escapeRegex part) (split "\\*+" component)
      );
in
{
  /* pattern -> path -> type -> bool. A directory matches if something in it may. */
  matcher =
    pattern:
    let
      wanted = map regex (components pattern);
      n = length wanted;
    in
    path: type:
    let
      given = components path;
      go =
        i: j:
        let
          want = elemAt wanted i;
          next = elemAt wanted (i + 1);
          is = regex: regex == null || match regex (elemAt given j) != null;
        in
        if j >= length given then
          i >= n || type == "directory" || type == "symlink"
        else if i >= n then
          false
        else if want != null then
          is want && go (i + 1) (j + 1)
        else if i + 1 == n then
          true
        # The first component that fits what stands behind ** is taken for it.
        else if is next then
          go (i + 1) j
        else
          go i (j + 1);
    in
    go 0 0;
}
