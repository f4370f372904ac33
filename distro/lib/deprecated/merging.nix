# Sets merged attribute by attribute, and functions that are called again with more arguments.
{ lib }:

let
  inherit (builtins) attrNames elem foldl' isAttrs listToAttrs map mapAttrs removeAttrs;
in
rec {
  nvs = name: value: { ${name} = value; };
  setAttr = set: name: value: set // { ${name} = value; };
  setAttrMerge = name: default: set: f: setAttr set name (f (set.${name} or default));
  maybeAttr = name: default: set: set.${name} or default;
  maybeAttrNullable = maybeAttr;

  # The second may be a function of the first.
  defaultMergeArg = x: y: if isAttrs y then y else y x;
  defaultMerge = x: y: x // defaultMergeArg x y;

  /* A result that can be made again with further arguments: passthru.function, passthru.args and override. */
  foldArgs =
    merger: f: init: x:
    let
      args = merger init (defaultMergeArg init x);
      again = foldArgs merger f args;
      base = setAttrMerge "passthru" { } (f args) (
        old:
        old
        // {
          function = again;
          args = old.args or { } // x;
        }
      );
    in
    base // { override = base.passthru.function; };

  innerModifySumArgs =
    f: x: a: b: if b == null then f a b // x else innerModifySumArgs f x (a // b);
  modifySumArgs = f: x: innerModifySumArgs f x { };

  /* What the second has is merged by the function: with the first's, or with itself where the first has none. */
  mergeAttrsWithFunc = f: a: b: a // mapAttrs (name: value: f (a.${name} or value) value) b;
  mergeAttrsConcatenateValues = mergeAttrsWithFunc (a: b: lib.toList a ++ lib.toList b);

  mergeAttrsNoOverride =
    {
      mergeLists ? [ "buildInputs" "propagatedBuildInputs" ],
      overrideSnd ? [ "buildPhase" ],
    }:
    a: b:
    a
    // mapAttrs (
      name: value:
      if !(a ? ${name}) then
        value
      else if elem name mergeLists then
        value ++ a.${name}
      else if elem name overrideSnd then
        a.${name}
      else
        throw
          "error mergeAttrsNoOverride, attribute ${name} given in both attributes - no merge func defined"
    ) b;

  /* As the functions say that either has under `mergeAttrBy`; what has none is the second's. */
  mergeAttrByFunc =
    x: y:
    let
      by = { mergeAttrBy = lib.mergeAttrs; } // x.mergeAttrBy or { } // y.mergeAttrBy or { };
      concerned = removeAttrs by (
        builtins.filter (name: !(x ? ${name} || y ? ${name})) (attrNames by)
      );
      merged =
        name: f:
        if !(x ? ${name}) then
          y.${name}
        else if !(y ? ${name}) then
          x.${name}
        else
          f x.${name} y.${name};
    in
    x // y // mapAttrs merged concerned;
  mergeAttrsByFuncDefaults = foldl' mergeAttrByFunc { inherit mergeAttrBy; };
  mergeAttrsByFuncDefaultsClean =
    list: removeAttrs (mergeAttrsByFuncDefaults list) [ "mergeAttrBy" ];

  mergeAttrBy =
    let
      all =
        f: names:
        listToAttrs (
          map (name: {
            inherit name;
            value = f;
          }) names
        );
    in
    all lib.concat [
      "nativeBuildInputs"
      "buildInputs"
      "propagatedBuildInputs"
      "configureFlags"
      "prePhases"
      "postAll"
      "patches"
    ]
    // all lib.mergeAttrs [ "passthru" "meta" "cfg" "flags" ]
    // all (a: b: "${a}\n${b}") [ "preConfigure" "postInstall" ];
}
