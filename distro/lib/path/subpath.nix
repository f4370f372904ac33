# Relative paths without `..`, as strings: "./a/b".
{ lib }:

let
  inherit (builtins) concatMap concatStringsSep elemAt filter isString match split substring typeOf;
  inherit (lib) assertMsg;

  components = text: filter (part: isString part && part != "" && part != ".") (split "/+" text);
in
rec {
  reasonInvalid =
    text:
    if !isString text then
      "The given value is of type ${typeOf text}, but a string was expected"
    else if text == "" then
      "The given string is empty"
    else if substring 0 1 text == "/" then
      "The given string \"${text}\" starts with a `/`, representing an absolute path"
    else if match "(.*/)?\\.\\.(/.*)?" text != null then
      "The given string \"${text}\" contains a `..` component, which is not allowed in subpaths"
    else
      null;

  join = parts: "./" + (if parts == [ ] then "." else concatStringsSep "/" parts);

  valid =
    function: text:
    assertMsg (subpath.isValid text) ''
      lib.path.subpath.${function}: Argument is not a valid subpath string:
          ${reasonInvalid text}'';

  subpath = {
    isValid = text: reasonInvalid text == null;

    /* join [ "a" "./b" ] == "./a/b" */
    join =
      subpaths:
      let
        wrong = lib.lists.findFirstIndex (text: !subpath.isValid text) null subpaths;
      in
      if wrong == null then
        join (concatMap components subpaths)
      else
        throw ''
          lib.path.subpath.join: Element at index ${toString wrong} is not a valid subpath string:
              ${reasonInvalid (elemAt subpaths wrong)}'';

    /* components "./a/b" == [ "a" "b" ] */
    components =
      text:
      assert valid "components" text;
      components text;

    normalise =
      text:
      assert valid "normalise" text;
      join (components text);
  };
}
