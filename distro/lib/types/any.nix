# Types of values of any kind, and of truth values.
{ lib }:

let
  inherit (builtins) attrNames groupBy head isAttrs isBool length map typeOf;
  inherit (lib.options) getFiles mergeEqualOption mergeOneOption;
  inherit (import ./base.nix { inherit lib; }) mkOptionType identityMerge ownMerge;

  # What decides how `anything` merges a value.
  kindOf = v: if isAttrs v && lib.isStringLike v then "coercible set" else typeOf v;
in
rec {
  raw = mkOptionType {
    name = "raw";
    description = "raw value";
    descriptionClass = "noun";
    merge = identityMerge mergeOneOption;
  };

  anything = mkOptionType {
    name = "anything";
    description = "anything";
    descriptionClass = "noun";
    merge = ownMerge (
      loc: defs:
      let
        kinds = attrNames (groupBy (def: kindOf def.value) defs);
        kind = head kinds;
      in
      if length kinds > 1 then
        throw
          "The option `${lib.showOption loc}' has conflicting option types in ${lib.showFiles (getFiles defs)}"
      else if kind == "set" then
        (lib.types.attrsOf anything).merge loc defs
      else if kind == "lambda" then
        (
          arg:
          anything.merge (loc ++ [ "<function body>" ]) (
            map (def: {
              inherit (def) file;
              value = def.value arg;
            }) defs
          )
        )
      else if kind == "coercible set" then
        mergeOneOption loc defs
      else
        mergeEqualOption loc defs
    );
  };

  unspecified = mkOptionType {
    name = "unspecified";
    description = "unspecified value";
    descriptionClass = "noun";
  };

  bool = mkOptionType {
    name = "bool";
    description = "boolean";
    descriptionClass = "noun";
    check = isBool;
    merge = identityMerge mergeEqualOption;
  };

  boolByOr = mkOptionType {
    name = "boolByOr";
    description = "boolean (merged using or)";
    descriptionClass = "noun";
    check = isBool;
    merge = identityMerge (_: builtins.any (def: def.value));
  };

  luaInline = mkOptionType {
    name = "luaInline";
    description = "inline lua";
    descriptionClass = "noun";
    check = x: x._type or null == "lua-inline";
    merge = identityMerge mergeEqualOption;
  };
}
