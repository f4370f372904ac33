# Looking at files and directories.
{ lib }:

let
  inherit (builtins) attrNames filter pathExists readDir toString;
in
rec {
  inherit (builtins) baseNameOf dirOf hashFile isPath readDir readFileType;

  pathType =
    builtins.readFileType or (
      path:
      if !pathExists path then
        abort "lib.filesystem.pathType: Path ${toString path} does not exist."
      else if dirOf path == path then
        "directory"
      else
        (readDir (dirOf path)).${baseNameOf path}
    );

  pathIsDirectory = path: pathExists path && pathType path == "directory";
  pathIsRegularFile = path: pathExists path && pathType path == "regular";

  listFilesRecursive =
    dir:
    lib.flatten (
      lib.mapAttrsToList (
        name: type:
        if type == "directory" then listFilesRecursive (dir + "/${name}") else dir + "/${name}"
      ) (readDir dir)
    );

  /* { pattern, file }: the first directory upwards that has a file whose name matches. */
  locateDominatingFile =
    pattern: file:
    let
      go =
        path:
        let
          files = attrNames (readDir path);
          matches = filter (m: m != null) (map (builtins.match pattern) files);
        in
        if matches != [ ] then
          { inherit path matches; }
        else if toString path == "/" then
          null
        else
          go (dirOf path);
      isDir =
        let
          base = baseNameOf file;
          type = (readDir (dirOf file)).${base} or null;
        in
        toString file == "/" || type == "directory";
    in
    go (if isDir then file else dirOf file);

  /* Folders with a Cabal file of their name. */
  haskellPathsInDir =
    root:
    lib.genAttrs
      (filter (name: pathExists (root + "/${name}/${name}.cabal")) (attrNames (readDir root)))
      (name: root + "/${name}");

  /* The packages of a directory: what `callPackage` makes of NAME.nix, and of package.nix in NAME/. A folder without one is a set,
     a scope of its own where `newScope` is given. */
  packagesFromDirectoryRecursive =
    {
      callPackage,
      newScope ? null,
      directory,
      ...
    }@args:
    let
      own = directory + "/package.nix";
      entry =
        args: name: type:
        let
          path = directory + "/${name}";
        in
        if type == "directory" then
          { ${name} = packagesFromDirectoryRecursive (args // { directory = path; }); }
        else if type != "regular" then
          throw
            "lib.filesystem.packagesFromDirectoryRecursive: Unsupported file type ${type} at path ${toString path}\n"
        else if lib.hasSuffix ".nix" name then
          { ${lib.removeSuffix ".nix" name} = args.callPackage path { }; }
        else
          { };
      packages = args: lib.concatMapAttrs (entry args) (readDir directory);
    in
    if pathExists own then
      callPackage own { }
    else if args ? newScope then
      lib.recurseIntoAttrs (
        lib.makeScope newScope (self: packages (args // { inherit (self) callPackage newScope; }))
      )
    else
      packages args;

  resolveDefaultNix =
    path:
    if pathIsDirectory path then
      path + "/default.nix"
    else if lib.isString path && lib.hasSuffix "/" path then
      path + "default.nix"
    else
      path;
}
