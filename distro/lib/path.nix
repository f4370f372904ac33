# Path values, and relative paths as strings ("./a/b").
{ lib }:

let
  inherit (builtins) all concatStringsSep elem elemAt filter foldl' head isPath isString length match split substring;

  # "./a//b/." -> [ "a" "b" ], or null with a reason.
  reasonInvalid = s:
    if !isString s then "The given value is of type ${builtins.typeOf s}, but a string was expected"
    else if s == "" then "The given string is empty"
    else if substring 0 1 s == "/" then "The given string \"${s}\" starts with a `/`, representing an absolute path"
    else if match "(.*/)?\\.\\.(/.*)?" s != null then "The given string \"${s}\" contains a `..` component, which is not allowed in subpaths"
    else null;

  components = s: filter (c: isString c && c != "" && c != ".") (split "/+" s);

  parts = path:
    let go = acc: p: if p == dirOf p then { root = p; components = acc; } else go ([ (baseNameOf p) ] ++ acc) (dirOf p);
    in go [ ] path;

  join = cs: if cs == [ ] then "./." else "./" + concatStringsSep "/" cs;
in
rec {
  append = path: sub:
    assert lib.assertMsg (isPath path) "lib.path.append: The first argument is of type ${builtins.typeOf path}, but a path was expected";
    assert lib.assertMsg (subpath.isValid sub) "lib.path.append: Second argument is not a valid subpath string:\n      ${toString (reasonInvalid sub)}";
    path + ("/" + sub);

  hasPrefix = a: b:
    let
      pa = parts a;
      pb = parts b;
    in
    lib.take (length pa.components) pb.components == pa.components;

  removePrefix = a: b:
    let
      pa = parts a;
      pb = parts b;
    in
    if hasPrefix a b then join (lib.drop (length pa.components) pb.components)
    else throw "lib.path.removePrefix: The first path argument \"${toString a}\" is not a component-wise prefix of the second path argument \"${toString b}\"";

  splitRoot = path:
    let p = parts path;
    in { inherit (p) root; subpath = join p.components; };

  hasStorePathPrefix = path:
    let p = parts path;
    in builtins.substring 0 11 (toString path) == "/nix/store/" && length p.components > 2;

  subpath = {
    isValid = s: reasonInvalid s == null;
    join = subpaths: join (builtins.concatMap
      (s: if reasonInvalid s == null then components s else throw "lib.path.subpath.join: \"${toString s}\" is not a valid subpath string:\n    ${reasonInvalid s}")
      subpaths);
    components = s: if reasonInvalid s == null then components s else throw "lib.path.subpath.components: Argument is not a valid subpath string:\n    ${reasonInvalid s}";
    normalise = s: if reasonInvalid s == null then join (components s) else throw "lib.path.subpath.normalise: Argument is not a valid subpath string:\n    ${reasonInvalid s}";
  };
}
