# Sets of local files, to copy no more to the store than is meant.
{ lib }:

let
  inherit (builtins) elemAt isBool isList isPath pathExists seq typeOf;
  inherit (lib) imap0 isFunction isStringLike;

  part = file: import file { inherit lib; };
  inherit (part ./values.nix) coerce coerceMany empty reasonInvalid singleton;
  combine = part ./combine.nix;
  reduce = part ./reduce.nix;
  origins = part ./origins.nix;

  two =
    function: first: a: second: b:
    coerceMany "lib.fileset.${function}" [
      {
        context = first;
        value = a;
      }
      {
        context = second;
        value = b;
      }
    ];

  shown =
    function: set:
    let
      checked = coerce "lib.fileset.${function}: Argument" set;
    in
    seq (reduce.show checked) checked;
in
{
  inherit empty;

  isFileset = value: reasonInvalid "" value == null;

  /* The path, or nothing if it doesn't exist. */
  maybeMissing =
    path:
    if isPath path then
      (if pathExists path then singleton path else empty)
    else if isStringLike path then
      throw
        "lib.fileset.maybeMissing: Argument (\"${toString path}\") is a string-like value, but it should be a path instead."
    else
      throw
        "lib.fileset.maybeMissing: Argument is of type ${typeOf path}, but it should be a path instead.";

  union = a: b: combine.unionMany (two "union" "First argument" a "Second argument" b);
  unions =
    sets:
    if !isList sets then
      throw
        "lib.fileset.unions: Argument is of type ${typeOf sets}, but it should be a list instead."
    else
      combine.unionMany (
        coerceMany "lib.fileset.unions" (
          imap0 (i: value: {
            context = "Element ${toString i}";
            inherit value;
          }) sets
        )
      );

  intersection =
    a: b:
    let
      sets = two "intersection" "First argument" a "Second argument" b;
    in
    combine.intersection (elemAt sets 0) (elemAt sets 1);

  /* What is in the first and not in the second. */
  difference =
    a: b:
    let
      sets = two "difference" "First argument (positive set)" a "Second argument (negative set)" b;
    in
    combine.difference (elemAt sets 0) (elemAt sets 1);

  /* The files of a path for which the predicate on { name, type, hasExt, ... } holds. */
  fileFilter =
    predicate: path:
    if !isFunction predicate then
      throw
        "lib.fileset.fileFilter: First argument is of type ${typeOf predicate}, but it should be a function instead."
    else if path._type or null == "fileset" then
      throw ''
        lib.fileset.fileFilter: Second argument is a file set, but it should be a path instead.
            If you need to filter files in a file set, use `intersection fileset (fileFilter pred ./.)` instead.''
    else if !isPath path then
      throw
        "lib.fileset.fileFilter: Second argument is of type ${typeOf path}, but it should be a path instead."
    else if !pathExists path then
      throw
        "lib.fileset.fileFilter: Second argument (${toString path}) is a path that does not exist."
    else
      origins.fileFilter predicate path;

  /* The files of a value of lib.sources. */
  fromSource =
    source:
    let
      path = source.origSrc or source;
    in
    if !isPath path then
      (
        if isStringLike path then
          throw ''
            lib.fileset.fromSource: The source origin of the argument is a string-like value ("${
              toString path
            }"), but it should be a path instead.
                Sources created from paths in strings cannot be turned into file sets, use `lib.sources` or derivations instead.''
        else
          throw
            "lib.fileset.fromSource: The source origin of the argument is of type ${typeOf path}, but it should be a path instead."
      )
    else if !pathExists path then
      throw
        "lib.fileset.fromSource: The source origin (${toString path}) of the argument is a path that does not exist."
    else if source ? _isLibCleanSourceWith then
      origins.fromSourceFilter path source.filter
    else
      singleton path;

  gitTracked = path: origins.fromFetchGit "gitTracked" "argument" path { };
  gitTrackedWith =
    {
      recurseSubmodules ? false,
    }:
    path:
    if !isBool recurseSubmodules then
      throw (
        "lib.fileset.gitTrackedWith: Expected the attribute `recurseSubmodules` of the first "
        + "argument to be a boolean, but it's a ${typeOf recurseSubmodules} instead."
      )
    else
      origins.fromFetchGit "gitTrackedWith" "second argument" path {
        submodules = recurseSubmodules;
      };

  toList = set: reduce.toList (coerce "lib.fileset.toList: Argument" set);

  trace = set: seq (shown "trace" set) (x: x);
  traceVal = shown "traceVal";

  /* A source for derivations: the files of the set, which must lie below `root`. */
  toSource =
    { root, fileset }:
    let
      set = coerce "lib.fileset.toSource: `fileset`" fileset;
      rootRoot = (lib.path.splitRoot root).root;
      setRoot = (lib.path.splitRoot set._internalBase).root;
      based = !set._internalIsEmptyWithoutBase;
      filter = reduce.toSourceFilter set;
    in
    if !isPath root then
      (
        if root ? _isLibCleanSourceWith then
          throw ''
            lib.fileset.toSource: `root` is a `lib.sources`-based value, but it should be a path instead.
                To use a `lib.sources`-based value, convert it to a file set using `lib.fileset.fromSource` and pass it as `fileset`.
                Note that this only works for sources created from paths.''
        else if isStringLike root then
          throw ''
            lib.fileset.toSource: `root` (${toString root}) is a string-like value, but it should be a path instead.
                Paths in strings are not supported by `lib.fileset`, use `lib.sources` or derivations instead.''
        else
          throw
            "lib.fileset.toSource: `root` is of type ${typeOf root}, but it should be a path instead."
      )
    else if based && rootRoot != setRoot then
      throw ''
        lib.fileset.toSource: Filesystem roots are not the same for `fileset` and `root` (${toString root}):
            `root`: Filesystem root is "${toString rootRoot}"
            `fileset`: Filesystem root is "${toString setRoot}"
            Different filesystem roots are not supported.''
    else if !pathExists root then
      throw "lib.fileset.toSource: `root` (${toString root}) is a path that does not exist."
    else if lib.filesystem.pathType root != "directory" then
      throw ''
        lib.fileset.toSource: `root` (${toString root}) is a file, but it should be a directory instead. Potential solutions:
            - If you want to import the file into the store _without_ a containing directory, ${
              "use string interpolation or `builtins.path` instead of this function."
            }
            - If you want to import the file into the store _with_ a containing directory, ${
              "set `root` to the containing directory, such as ${toString (dirOf root)}"
            }, and set `fileset` to the file path.''
    else if based && !lib.path.hasPrefix root set._internalBase then
      throw ''
        lib.fileset.toSource: `fileset` could contain files in ${
          toString set._internalBase
        }, which is not under the `root` (${toString root}). Potential solutions:
            - Set `root` to ${toString set._internalBase} or any directory higher up. This changes the layout of the resulting store path.
            - Set `fileset` to a file set that cannot contain files outside the `root` (${
              toString root
            }). This could change the files included in the result.''
    else
      seq filter (
        lib.sources.cleanSourceWith {
          name = "source";
          src = root;
          inherit filter;
        }
      );
}
