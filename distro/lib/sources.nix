# Source trees, filtered.
{ lib }:

let
  inherit (builtins) any elem head map match path substring;
  inherit (lib) hasPrefix hasSuffix removePrefix;

  versionControl = [ ".svn" "CVS" ".hg" ".jj" ".pijul" "_darcs" ];

  # What cleanSourceWith made, or a path as if it had.
  attributesOf =
    src:
    if src ? _isLibCleanSourceWith then
      { inherit (src) origSrc filter name; }
    else
      {
        origSrc = src;
        filter = _: _: true;
        name = "source";
      };

  make =
    {
      origSrc,
      filter,
      name,
    }:
    {
      _isLibCleanSourceWith = true;
      inherit origSrc filter name;
      outPath = path {
        inherit filter name;
        path = origSrc;
      };
    };

  git = import ./git-repository.nix { inherit lib; };
  globs = import ./globs.nix { inherit lib; };
in
rec {
  inherit (lib.filesystem) pathType pathIsDirectory pathIsRegularFile;
  inherit (builtins) filterSource;
  inherit (git) commitIdFromGitRepo pathIsGitRepo;

  /* All but version control's folders, editors' and compilers' files, and links to results. */
  cleanSourceFilter =
    name: type:
    let
      base = baseNameOf (toString name);
    in
    !(
      base == ".git"
      || type == "directory" && elem base versionControl
      || hasSuffix "~" base
      || match "\\.sw[a-z]" base != null
      || match "\\..*\\.sw[a-z]" base != null
      || hasSuffix ".o" base
      || hasSuffix ".so" base
      || type == "symlink" && hasPrefix "result" base
      || type == "unknown"
    );

  cleanSource =
    src:
    cleanSourceWith {
      filter = cleanSourceFilter;
      inherit src;
    };

  /* Filters add up. */
  cleanSourceWith =
    {
      filter ? (_: _: true),
      src,
      name ? null,
    }:
    let
      orig = attributesOf src;
    in
    make {
      inherit (orig) origSrc;
      filter = path: type: filter path type && orig.filter path type;
      name = if name != null then name else orig.name;
    };

  /* Prints what the filter says of each path. */
  trace =
    src:
    let
      orig = attributesOf src;
      traced =
        path: type:
        let
          result = orig.filter path type;
        in
        builtins.trace "${orig.name}.filter ${path} = ${lib.boolToString result}" result;
    in
    make (orig // { filter = traced; })
    // { satisfiesSubpathInvariant = src.satisfiesSubpathInvariant or false; };

  sourceByRegex =
    src: regexes:
    let
      below = removePrefix (toString (attributesOf src).origSrc + "/");
    in
    cleanSourceWith {
      inherit src;
      filter = path: _: any (regex: match regex (below (toString path)) != null) regexes;
    };

  sourceFilesBySuffices =
    src: suffixes:
    cleanSourceWith {
      inherit src;
      filter =
        name: type:
        type == "directory" || any (suffix: hasSuffix suffix (baseNameOf name)) suffixes;
    };

  # As a shell's patterns, with ** for folders between: [ "*.md" "src/**/*.c" ].
  sourceByGlobs =
    src: patterns:
    let
      matchers = map globs.matcher patterns;
    in
    cleanSourceWith {
      inherit src;
      filter =
        name: type: any (matches: matches (removePrefix "${toString src}/" name) type) matchers;
    };

  pathHasContext = builtins.hasContext;
  canCleanSource = src: src ? _isLibCleanSourceWith || !pathHasContext (toString src);

  # Names of fetched sources

  /* "https://host/project/name.tar.gz" -> "name" */
  urlToName =
    url:
    let
      base = baseNameOf (lib.removeSuffix "/" (lib.last (lib.splitString ":" (toString url))));
      shorter =
        name:
        let
          found = match "(.*)\\.(git|tar|zip|gz|tgz|bz|tbz|bz2|tbz2|lzma|txz|xz|zstd)" name;
        in
        if found == null then name else shorter (head found);
    in
    shorter base;

  /* A commit's first seven digits, or the version in a tag. */
  shortRev =
    rev:
    let
      base = baseNameOf (toString rev);
      version = match "([A-Za-z]+[-_. ]?)*(v)?([0-9.]+.*)" base;
    in
    if match "[a-f0-9]+" base != null then
      substring 0 7 base
    else if version != null then
      lib.last version
    else
      base;

  revOrTag = rev: tag: if tag != null then tag else if rev != null then rev else "HEAD";

  repoRevToName =
    kind: repo: rev: suffix:
    let
      full =
        suffix:
        "${urlToName repo}${if rev == null then "" else "-${shortRev rev}"}${if suffix == null then "" else "-${suffix}"}-source";
    in
    if kind == "source" then
      "source"
    else if kind == "versioned" then
      full null
    else if kind == "full" then
      full suffix
    else
      throw "repoRevToName: invalid kind";
}
