# Path values.
{ lib }:

let
  inherit (builtins) elemAt isPath length match storeDir typeOf;
  inherit (lib) assertMsg;

  # A path's components below the root, one of which there may be several in the future.
  parts =
    let
      go =
        below: path:
        if path == dirOf path then
          {
            root = path;
            components = below;
          }
        else
          go ([ (baseNameOf path) ] ++ below) (dirOf path);
    in
    go [ ];

  isPathOr =
    function: which: path:
    assertMsg
      (isPath path)
      "lib.path.${function}: ${which} is of type ${typeOf path}, but a path was expected";

  sameRoot =
    function: path1: p1: path2: p2:
    assertMsg (p1.root == p2.root) ''
      lib.path.${function}: Filesystem roots must be the same for both paths, but paths with different roots were given:
          first argument: "${toString path1}" with root "${toString p1.root}"
          second argument: "${toString path2}" with root "${toString p2.root}"'';

  # [ "nix" "store" ]
  storeComponents = subpath.components ("." + storeDir);
  storeLength = length storeComponents;

  # Also /<hash of 52 digits>: what a fixed-output derivation calls its path while it's built.
  isInStore =
    components:
    lib.lists.hasPrefix storeComponents components
      && length components > storeLength
      && match ".{32}-.+" (elemAt components storeLength) != null
    || components != [ ] && match "[0-9a-z]{52}" (elemAt components 0) != null;

  inherit (import ./subpath.nix { inherit lib; }) join reasonInvalid subpath;
in
{
  inherit subpath;

  /* append /a "b/c" == /a/b/c; the second can't lead out of the first. */
  append =
    path: sub:
    assert isPathOr "append" "The first argument" path;
    assert assertMsg (subpath.isValid sub) ''
      lib.path.append: Second argument is not a valid subpath string:
          ${reasonInvalid sub}'';
    path + ("/" + sub);

  /* Whether the first is the second or above it. */
  hasPrefix =
    path1:
    assert isPathOr "hasPrefix" "First argument" path1;
    let
      p1 = parts path1;
    in
    path2:
    assert isPathOr "hasPrefix" "Second argument" path2;
    let
      p2 = parts path2;
    in
    assert sameRoot "hasPrefix" path1 p1 path2 p2;
    lib.lists.hasPrefix p1.components p2.components;

  /* The subpath that leads from the first to the second. */
  removePrefix =
    path1:
    assert isPathOr "removePrefix" "First argument" path1;
    let
      p1 = parts path1;
    in
    path2:
    assert isPathOr "removePrefix" "Second argument" path2;
    let
      p2 = parts path2;
    in
    assert sameRoot "removePrefix" path1 p1 path2 p2;
    if lib.lists.hasPrefix p1.components p2.components then
      join (lib.drop (length p1.components) p2.components)
    else
      throw (
        "lib.path.removePrefix: The first path argument \"${toString path1}\" is not a "
        + "component-wise prefix of the second path argument \"${toString path2}\"."
      );

  /* splitRoot /a/b == { root = /.; subpath = "./a/b"; } */
  splitRoot =
    path:
    assert isPathOr "splitRoot" "Argument" path;
    let
      p = parts path;
    in
    {
      inherit (p) root;
      subpath = join p.components;
    };

  /* Whether the path is a store path or below one. */
  hasStorePathPrefix =
    path:
    assert isPathOr "hasStorePathPrefix" "Argument" path;
    let
      p = parts path;
    in
    assert assertMsg
      (toString p.root == "/")
      "lib.path.hasStorePathPrefix: Argument has a filesystem root (${toString p.root}) that's not /, which is currently not supported.";
    isInStore p.components;
}
