# Unions, intersections and differences. Later sets are only looked at where earlier ones leave it open.
{ lib }:

let
  inherit (builtins)
    elemAt
    filter
    foldl'
    head
    isAttrs
    isString
    length
    map
    mapAttrs
    tail
    zipAttrsWith
    ;
  inherit (lib.lists) commonPrefix findFirstIndex hasPrefix;
  inherit (import ./values.nix { inherit lib; }) create empty;

  # What is known of a directory, with all its entries.
  entries =
    path: tree:
    if isString tree then
      builtins.readDir path
    else
      mapAttrs (_: _: null) (builtins.readDir path) // tree;

  # A set's tree as seen from a base above its own, or below.
  fromAbove =
    components: set:
    let
      own = set._internalBaseComponents;
      go = i: if i < length own then { ${elemAt own i} = go (i + 1); } else set._internalTree;
    in
    go (length components);
  fromBelow =
    components: set:
    let
      go =
        i: tree:
        if isAttrs tree && i < length components then
          go (i + 1) (tree.${elemAt components i} or null)
        else
          tree;
    in
    go (length set._internalBaseComponents) set._internalTree;

  unionTrees =
    trees:
    let
      whole = findFirstIndex isString null trees;
      some = filter (tree: tree != null) trees;
    in
    if whole != null then
      elemAt trees whole
    else if some == [ ] then
      null
    else
      zipAttrsWith (_: unionTrees) some;

  intersectTrees =
    a: b:
    if isAttrs a && isAttrs b then
      mapAttrs (name: intersectTrees a.${name}) (builtins.intersectAttrs a b)
    else if a == null || isString b then
      a
    else
      b;

  differenceTree =
    path: a: b:
    if a == null || isString b then
      null
    else if b == null then
      a
    else
      mapAttrs (name: tree: differenceTree (path + "/${name}") tree (b.${name} or null)) (
        entries path a
      );
in
{
  inherit entries;

  unionMany =
    sets:
    let
      based = filter (set: !set._internalIsEmptyWithoutBase) sets;
      first = head based;
      common = foldl' (
        components: set: commonPrefix components set._internalBaseComponents
      ) first._internalBaseComponents (tail based);
      base = lib.path.append first._internalBaseRoot (lib.path.subpath.join common);
    in
    if based == [ ] then empty else create base (unionTrees (map (fromAbove common) based));

  intersection =
    a: b:
    let
      # One base must be above the other; the result has the lower.
      lower =
        if hasPrefix a._internalBaseComponents b._internalBaseComponents then
          b
        else if hasPrefix b._internalBaseComponents a._internalBaseComponents then
          a
        else
          null;
      seen = fromBelow lower._internalBaseComponents;
    in
    if a._internalIsEmptyWithoutBase || b._internalIsEmptyWithoutBase || lower == null then
      empty
    else
      create lower._internalBase (intersectTrees (seen a) (seen b));

  difference =
    a: b:
    let
      base = a._internalBaseComponents;
      taken =
        if hasPrefix base b._internalBaseComponents then
          fromAbove base b
        else if hasPrefix b._internalBaseComponents base then
          fromBelow base b
        else
          null;
    in
    if a._internalIsEmptyWithoutBase then
      empty
    else if b._internalIsEmptyWithoutBase then
      a
    else
      create a._internalBase (differenceTree a._internalBase a._internalTree taken);
}
