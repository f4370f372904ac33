# Looking at files and directories.
{ lib }:

let
  inherit (builtins) attrNames concatLists elem filter pathExists readDir toString;
in
rec {
  pathType = builtins.readFileType or (path:
    if !pathExists path then abort "lib.filesystem.pathType: Path ${toString path} does not exist."
    else if dirOf path == path then "directory"
    else (readDir (dirOf path)).${baseNameOf path});

  pathIsDirectory = path: pathExists path && pathType path == "directory";
  pathIsRegularFile = path: pathExists path && pathType path == "regular";

  listFilesRecursive = dir:
    lib.flatten (lib.mapAttrsToList
      (name: type: if type == "directory" then listFilesRecursive (dir + "/${name}") else dir + "/${name}")
      (readDir dir));

  /* { pattern, file }: the first directory upwards that has a file whose name matches. */
  locateDominatingFile = pattern: file:
    let
      go = path:
        let
          files = attrNames (readDir path);
          matches = filter (m: m != null) (map (builtins.match pattern) files);
        in
        if matches != [ ] then { inherit path matches; }
        else if path == /. then null
        else go (dirOf path);
      isDir = let base = baseNameOf file; type = (readDir (dirOf file)).${base} or null; in file == /. || type == "directory";
    in
    go (if isDir then file else dirOf file);

  haskellPathsInDir = root:
    let dirs = filter (name: pathIsDirectory (root + "/${name}") && pathExists (root + "/${name}/${name}.cabal")) (attrNames (readDir root));
    in lib.genAttrs dirs (name: toString (root + "/${name}"));

  /* A set of the packages in a directory: NAME/package.nix, or NAME.nix. */
  packagesFromDirectoryRecursive = { callPackage, directory, ... }:
    let
      own = directory + "/package.nix";
      entries = readDir directory;
      entry = name: type:
        if type == "directory" then [{ inherit name; value = packagesFromDirectoryRecursive { inherit callPackage; directory = directory + "/${name}"; }; }]
        else if type == "regular" && lib.hasSuffix ".nix" name then [{ name = lib.removeSuffix ".nix" name; value = callPackage (directory + "/${name}") { }; }]
        else [ ];
    in
    if pathExists own then callPackage own { }
    else builtins.listToAttrs (concatLists (lib.mapAttrsToList entry entries));

  resolveDefaultNix = path:
    if pathIsDirectory path then path + "/default.nix" else path;
}
