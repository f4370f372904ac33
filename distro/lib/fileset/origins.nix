# File sets from filters, predicates and Git repositories.
{ lib }:

let
  inherit (builtins) isPath mapAttrs pathExists readDir typeOf;
  inherit (lib.filesystem) pathType;
  inherit (import ./values.nix { inherit lib; }) create singleton;

  # The tree below a directory, `file` for each that is none.
  walk =
    file: path:
    mapAttrs (
      name: type: if type == "directory" then walk file (path + "/${name}") else file name type
    ) (readDir path);

  notLocal = function: argument: path: ''
    lib.fileset.${function}: The ${argument} (${toString path}) is a store path within a working tree of a Git repository.
        This indicates that a source directory was imported into the store using a method such as `import "''${./.}"` or `path:.`.
        This function currently does not support such a use case, since it currently relies on `builtins.fetchGit`.
        You could make this work by using a fetcher such as `fetchGit` instead of copying the whole repository.
        If you can't avoid copying the repo to the store, see https://github.com/NixOS/nix/issues/9292.'';
in
{
  /* `filter` is as for `builtins.path`, and called only where it matters. */
  fromSourceFilter =
    root: filter:
    let
      entry =
        path: text: type:
        if !filter text type then null else if type == "directory" then below path text else type;
      below =
        path: text: mapAttrs (name: entry (path + "/${name}") (text + "/${name}")) (readDir path);
      type = pathType root;
    in
    if type == "directory" then
      create root (below root (toString root))
    else
      create (dirOf root) { ${baseNameOf root} = type; };

  fileFilter =
    predicate: root:
    let
      file =
        name: type:
        let
          holds = predicate {
            inherit name type;
            hasExt = ext: lib.hasSuffix ".${ext}" name;
            # Shown where a predicate takes these attributes and no more.
            ${
              "lib.fileset.fileFilter: The predicate function passed as the first argument must be able to "
              + "handle extra attributes for future compatibility. If you're using `{ name, file, hasExt }:`, "
              + "use `{ name, file, hasExt, ... }:` instead."
            } = null;
          };
        in
        if holds then type else null;
      type = pathType root;
      name = baseNameOf root;
    in
    if type == "directory" then
      create root (walk file root)
    else
      create (dirOf root) { ${name} = file name type; };

  /* The files that Git tracks, which `fetchGit` puts into the store. */
  fromFetchGit =
    function: argument: path: options:
    let
      isRepository = pathExists (path + "/.git");
      fetched = builtins.fetchGit ({
        url = path;
        shallow = true;
      } // options);
    in
    if !isPath path then
      throw
        "lib.fileset.${function}: Expected the ${argument} to be a path, but it's a ${typeOf path} instead."
    else if pathType path != "directory" then
      throw
        "lib.fileset.${function}: Expected the ${argument} (${toString path}) to be a directory, but it's a file instead."
    else if lib.path.hasStorePathPrefix path then
      (if isRepository then throw (notLocal function argument path) else singleton path)
    else if !isRepository then
      throw (
        "lib.fileset.${function}: Expected the ${argument} (${toString path}) to point to a local "
        + "working tree of a Git repository, but it's not."
      )
    else
      create path (walk (_: type: type) fetched.outPath);
}
