# What a folder of Git's says of its commit, without git.
{ lib }:

let
  inherit (builtins) filter head isString match readFile split;
  inherit (lib.filesystem) pathIsRegularFile;

  under =
    base: path:
    if lib.hasPrefix "/" path then
      path
    else
      "${if lib.hasPrefix "/" base then "" else "/"}${base}/${path}";

  # { value } or { error }. `ref` is a file below the repository's folder, as HEAD or refs/heads/main.
  commit =
    ref: path:
    let
      file = path + "/${ref}";
      packed = path + "/packed-refs";
    in
    if pathIsRegularFile path then
      ofWorkTree ref path
    else if pathIsRegularFile file then
      let
        text = lib.fileContents file;
        other = match "ref: (.*)" text;
      in
      if other == null then { value = text; } else commit (head other) path
    else if pathIsRegularFile packed then
      let
        line = match "([a-z0-9]+) ${ref}";
        found = filter (l: isString l && line l != null) (split "\n" (readFile packed));
      in
      if found == [ ] then
        { error = "Could not find ${ref} in " + packed; }
      else
        { value = head (line (head found)); }
    else
      { error = "Not a .git directory: ${toString path}"; };

  # .git is a file where a work tree lies apart: it names its folder, which may share another's refs.
  ofWorkTree =
    ref: path:
    let
      named = match "gitdir: (.*)" (lib.fileContents path);
      gitDir = under (dirOf path) (head named);
      shared =
        if pathIsRegularFile "${gitDir}/commondir" then
          lib.fileContents "${gitDir}/commondir"
        else
          gitDir;
      commonDir = under gitDir (lib.removeSuffix "/" shared);
    in
    if named == null then
      { error = "File contains no gitdir reference: " + path; }
    else
      commit (lib.removePrefix "${commonDir}/" "${gitDir}/${ref}") commonDir;
in
{
  /* `path` is the .git itself. */
  pathIsGitRepo = path: commit "HEAD" path ? value;
  commitIdFromGitRepo =
    path:
    let
      found = commit "HEAD" path;
    in
    found.value or (throw found.error);
}
