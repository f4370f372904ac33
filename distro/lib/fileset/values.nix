# File sets as values: { _type = "fileset"; ... }.
#
# A file set has a base path and a tree below it. A tree is a set of trees by name, "directory" (all that is below), another string
# (a file, by its type) or null (nothing). Without a base it's empty. Attributes are nixpkgs', so that file sets of one library
# can be given to another; _noEval makes a file set fail that is evaluated as if it were data.
{ lib }:

let
  inherit (builtins) elemAt isPath map pathExists typeOf;
  inherit (lib) findFirst isStringLike;

  migrations = [
    # The base was not taken apart.
    (
      set:
      let
        parts = lib.path.splitRoot set._internalBase;
      in
      set
      // {
        _internalBaseRoot = parts.root;
        _internalBaseComponents = lib.path.subpath.components parts.subpath;
      }
    )
    # Sets that are sure to hold all of a directory came later.
    (
      set: set
    )
    # There was no file set without a base.
    (
      set: set // { _internalIsEmptyWithoutBase = false; }
    )
  ];
  currentVersion = builtins.length migrations;

  migrate =
    set:
    let
      v = set._internalVersion;
    in
    if v == currentVersion then
      set
    else
      migrate (elemAt migrations v set // { _internalVersion = v + 1; });

  common = {
    _type = "fileset";
    _internalVersion = currentVersion;
    _noEval = throw ''
      lib.fileset: Directly evaluating a file set is not supported.
        To turn it into a usable source, use `lib.fileset.toSource`.
        To pretty-print the contents, use `lib.fileset.trace` or `lib.fileset.traceVal`.'';
  };
in
rec {
  empty = common // { _internalIsEmptyWithoutBase = true; };

  create =
    base: tree:
    let
      parts = lib.path.splitRoot base;
    in
    common
    // {
      _internalIsEmptyWithoutBase = false;
      _internalBase = base;
      _internalBaseRoot = parts.root;
      _internalBaseComponents = lib.path.subpath.components parts.subpath;
      _internalTree = tree;
    };

  /* Of a path that exists: all of a directory, or one file. */
  singleton =
    path:
    let
      type = lib.filesystem.pathType path;
    in
    if type == "directory" then
      create path type
    else
      create (dirOf path) { ${baseNameOf path} = type; };

  /* The error about a value that should be a file set or a path, or null. */
  reasonInvalid =
    context: value:
    if value._type or null == "fileset" then
      (
        if value._internalVersion <= currentVersion then
          null
        else
          ''
            ${context} is a file set created from a future version of the file set library with a different internal representation:
                - Internal version of the file set: ${toString value._internalVersion}
                - Internal version of the library: ${toString currentVersion}
                Make sure to update your Nixpkgs to have a newer version of `lib.fileset`.''
      )
    else if isPath value then
      (
        if pathExists value then
          null
        else
          ''
            ${context} (${toString value}) is a path that does not exist.
                To create a file set from a path that may not exist, use `lib.fileset.maybeMissing`.''
      )
    else if value ? _isLibCleanSourceWith then
      ''
        ${context} is a `lib.sources`-based value, but it should be a file set or a path instead.
            To convert a `lib.sources`-based value to a file set you can use `lib.fileset.fromSource`.
            Note that this only works for sources created from paths.''
    else if isStringLike value then
      ''
        ${context} ("${toString value}") is a string-like value, but it should be a file set or a path instead.
            Paths represented as strings are not supported by `lib.fileset`, use `lib.sources` or derivations instead.''
    else
      "${context} is of type ${typeOf value}, but it should be a file set or a path instead.";

  coerce =
    context: value:
    let
      reason = reasonInvalid context value;
    in
    if reason != null then
      throw reason
    else if isPath value then
      singleton value
    else
      migrate value;

  /* [ { context, value } ] to file sets below one root. */
  coerceMany =
    function: list:
    let
      sets = map ({ context, value }: coerce "${function}: ${context}" value) list;
      based = set: !set._internalIsEmptyWithoutBase;
      root = (findFirst based null sets)._internalBaseRoot;
      other = lib.lists.findFirstIndex (set: based set && set._internalBaseRoot != root) null sets;
    in
    if !builtins.any based sets || other == null then
      sets
    else
      throw ''
        ${function}: Filesystem roots are not the same:
            ${(builtins.head list).context}: Filesystem root is "${toString root}"
            ${(elemAt list other).context}: Filesystem root is "${toString (elemAt sets other)._internalBaseRoot}"
            Different filesystem roots are not supported.'';
}
