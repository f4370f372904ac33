# File sets as what they are used for: a filter for the store, a list of files, a text to look at.
{ lib }:

let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatLists
    elemAt
    isAttrs
    isString
    length
    mapAttrs
    readDir
    split
    stringLength
    substring
    trace
    ;
  inherit (import ./combine.nix { inherit lib; }) entries;

  isDirectory = tree: tree == "directory" || isAttrs tree;

  # Without directories that hold no file: null, and "directory" where all of it is meant. Looks at everything.
  forFilter =
    path: tree:
    if !isDirectory tree then
      tree
    else
      let
        below = mapAttrs (name: forFilter (path + "/${name}")) (entries path tree);
        values = attrValues below;
      in
      if all (v: v == null) values then
        null
      else if all isString values then
        "directory"
      else
        below;

  # The same for people, as lazily as it can be: directories without files, if not those in which nothing is meant, are "emptyDir".
  forShow =
    path: tree:
    if !isDirectory tree then
      tree
    else
      let
        below = mapAttrs (name: forShow (path + "/${name}")) (entries path tree);
        values = attrValues below;
      in
      if all (v: v == "emptyDir") values then
        "emptyDir"
      else if tree == "directory" || all isString values then
        "directory"
      else if all (v: v == null || v == "emptyDir") values then
        null
      else
        below;

  suffix =
    tree:
    if isAttrs tree then
      ""
    else if tree == "directory" then
      " (all files in directory)"
    else
      " (${tree})";
  isNothing = tree: tree == null || tree == "emptyDir";

  # Traces are printed in the order in which they are evaluated: each line follows the line before it.
  showEntries =
    indent: before: tree:
    lib.foldl' (
      before: name:
      let
        below = tree.${name};
        line = trace "${indent}- ${name}${suffix below}" before;
      in
      if isNothing below then
        before
      else if isAttrs below then
        showEntries "${indent}  " line below
      else
        line
    ) before (attrNames tree);
in
{
  /* A filter as `builtins.path` takes: path -> type -> bool. */
  toSourceFilter =
    set:
    let
      tree = forFilter set._internalBase set._internalTree;
      base = "/" + lib.concatMapStrings (component: component + "/") set._internalBaseComponents;

      # `parts` as of `split`: every second is a component.
      holds =
        parts:
        let
          go =
            i: tree:
            if !isAttrs tree then
              tree != null
            else if i >= length parts then
              true
            else
              go (i + 2) tree.${elemAt parts i};
        in
        go 0 tree;

      filter =
        path: type:
        let
          slashed = path + "/";
          isAbove = substring 0 (stringLength slashed) base == slashed;
          isBelow = substring 0 (stringLength base) slashed == base;
        in
        (isAbove || isBelow && holds (split "/" (substring (stringLength base) (-1) path)))
        && (
          type != "unknown"
          || throw ''
            lib.fileset.toSource: `fileset` contains a file that cannot be added to the store: ${path}
                This file is neither a regular file nor a symlink, the only file types supported by the Nix store.
                Therefore the file set cannot be added to the Nix store as is. Make sure to not include that file to avoid this error.''
        );
    in
    if set._internalIsEmptyWithoutBase || tree == null then (_: _: false) else filter;

  toList =
    set:
    let
      go =
        path: tree:
        if isAttrs tree then
          concatLists (lib.mapAttrsToList (name: go (path + "/${name}")) tree)
        else if tree == "directory" then
          go path (readDir path)
        else if tree == null then
          [ ]
        else
          [ path ];
    in
    if set._internalIsEmptyWithoutBase then [ ] else go set._internalBase set._internalTree;

  /* Evaluating the result prints the set. */
  show =
    set:
    let
      tree = forShow set._internalBase set._internalTree;
      first = trace "${toString set._internalBase}${suffix tree}" null;
    in
    if set._internalIsEmptyWithoutBase || isNothing tree then
      trace "(empty)" null
    else if isAttrs tree then
      showEntries "" first tree
    else
      first;
}
