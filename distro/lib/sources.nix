# Source trees, filtered.
{ lib }:

let
  inherit (builtins) any elem filterSource isList isString match path pathExists readFile split typeOf;
  inherit (lib) hasPrefix hasSuffix removePrefix;
in
rec {
  inherit (lib.filesystem) pathType pathIsDirectory pathIsRegularFile;

  cleanSourceFilter = name: type:
    let base = baseNameOf (toString name);
    in
    !(
      base == ".git" || type == "directory" && elem base [ ".svn" "CVS" ".hg" ".jj" ".pijul" "_darcs" ]
      || hasSuffix "~" base
      || match "\\.sw[a-z]" base != null || match "\\..*\\.sw[a-z]" base != null
      || hasSuffix ".o" base || hasSuffix ".so" base
      || type == "symlink" && hasPrefix "result" base
      || type == "unknown"
    );

  cleanSource = src: cleanSourceWith { filter = cleanSourceFilter; inherit src; };

  cleanSourceWith = { filter ? (_: _: true), src, name ? null }:
    let orig = toSourceAttributes src;
    in
    fromSourceAttributes {
      inherit (orig) origSrc;
      filter = path: type: filter path type && orig.filter path type;
      name = if name != null then name else orig.name;
    };

  trace = src:
    let attrs = toSourceAttributes src;
    in
    fromSourceAttributes (attrs // {
      filter = path: type:
        let r = attrs.filter path type;
        in builtins.trace "${attrs.name}.filter ${path} = ${lib.boolToString r}" r;
    }) // { satisfiesSubpathInvariant = src.satisfiesSubpathInvariant or false; };

  sourceByRegex = src: regexes:
    let
      isFiltered = src ? _isLibCleanSourceWith;
      origSrc = if isFiltered then src.origSrc else src;
    in
    lib.cleanSourceWith {
      filter = path: type:
        let relPath = removePrefix (toString origSrc + "/") (toString path);
        in any (re: match re relPath != null) regexes;
      inherit src;
    };

  sourceFilesBySuffices = src: suffixes:
    cleanSourceWith {
      filter = name: type: type == "directory" || any (suffix: hasSuffix suffix (baseNameOf name)) suffixes;
      inherit src;
    };

  pathIsGitRepo = path: pathExists (path + "/.git");
  commitIdFromGitRepo = path:
    let
      head = lib.fileContents (path + "/.git/HEAD");
      ref = match "ref: (.*)" head;
    in
    if ref == null then head else lib.fileContents (path + "/.git/${builtins.head ref}");
  shortRev = rev:
    if match "[0-9a-f]+" rev != null then builtins.substring 0 7 rev else rev;
  urlToName = url:
    if builtins.isAttrs url then "source" else lib.removeSuffix ".git" (baseNameOf (toString url));

  canCleanSource = src: src ? _isLibCleanSourceWith || !(lib.isStorePath (toString src));

  toSourceAttributes = src:
    let isFiltered = src ? _isLibCleanSourceWith;
    in
    {
      origSrc = if isFiltered then src.origSrc else src;
      filter = if isFiltered then src.filter else _: _: true;
      name = if isFiltered then src.name else "source";
    };

  fromSourceAttributes = { origSrc, filter, name }: {
    _isLibCleanSourceWith = true;
    inherit origSrc filter name;
    outPath = path { inherit filter name; path = origSrc; };
  };
}
