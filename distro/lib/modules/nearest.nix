# Names that were probably meant.
{ lib }:

let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    filter
    head
    isAttrs
    length
    map
    stringLength
    substring
    ;
  inherit (lib) showOption;

  # A name that is part of the other is as near as two changed letters.
  distance =
    name: other:
    if lib.hasInfix name other || lib.hasInfix other name then
      lib.min 2 (lib.levenshtein name other)
    else
      lib.levenshtein name other;
in
rec {
  /* At most three of `candidates`, nearest first. Of very few all are given, if any is near. */
  nearest =
    name: candidates:
    let
      limit = lib.max 2 (stringLength name / 3);
      # Counted only for what can be near: of `limit + 1` parts of the name, one is unchanged in each name that is near.
      size = lib.max 1 (stringLength name / (limit + 1));
      parts = builtins.genList (
        i: lib.escapeRegex (substring (i * size) (if i == limit then -1 else size) name)
      ) (limit + 1);
      mayBeNear =
        c:
        let
          difference = stringLength c - stringLength name;
        in
        if difference > limit || -difference > limit then
          difference <= limit + 6
          && -difference <= limit + 6
          && (lib.hasInfix name c || lib.hasInfix c name)
        else
          stringLength name <= limit
          || builtins.match ".*(${concatStringsSep "|" parts}).*" c != null;
      close = filter (c: mayBeNear c && distance name c <= limit) candidates;
      all = if close != [ ] && length candidates <= 3 then candidates else close;
    in
    lib.take 3 (lib.sortOn (distance name) all);

  /* "`a', `b' or `c'" */
  list =
    names:
    let
      shown = map (n: "`${n}'") names;
    in
    if length shown == 1 then
      head shown
    else
      "${concatStringsSep ", " (lib.init shown)} or ${lib.last shown}";

  /* Every option of a tree with this last name: found when the path before it was wrong. */
  elsewhere =
    name: options:
    let
      walk =
        depth: path: tree:
        concatMap (
          n:
          let
            v = tree.${n};
          in
          if n == "_module" || !isAttrs v then
            [ ]
          else
            lib.optional (n == name) (showOption (path ++ [ n ]))
            ++ lib.optionals (depth > 0 && !lib.isOption v) (walk (depth - 1) (path ++ [ n ]) v)
        ) (attrNames tree);
    in
    lib.take 3 (walk 4 [ ] options);
}
