# Functions on attribute sets.
{ lib }:

let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    elemAt
    foldl'
    head
    isAttrs
    length
    listToAttrs
    map
    mapAttrs
    zipAttrsWith
    ;

  showPath = path: builtins.concatStringsSep "." path;
in
rec {
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    getAttr
    hasAttr
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    removeAttrs
    zipAttrsWith
    ;

  attrByPath =
    path: default: set:
    let
      n = length path;
      go =
        i: s:
        if i == n then
          s
        else if s ? ${elemAt path i} then
          go (i + 1) s.${elemAt path i}
        else
          default;
    in
    go 0 set;

  hasAttrByPath =
    path: set:
    let
      n = length path;
      go = i: s: i == n || (s ? ${elemAt path i} && go (i + 1) s.${elemAt path i});
    in
    go 0 set;

  /* The longest prefix of `path` that leads somewhere in `set`. */
  longestValidPathPrefix =
    path: set:
    let
      n = length path;
      go = i: s: if i < n && s ? ${elemAt path i} then go (i + 1) s.${elemAt path i} else i;
    in
    lib.take (go 0 set) path;

  setAttrByPath =
    path: value:
    let
      n = length path;
      go = i: if i == n then value else { ${elemAt path i} = go (i + 1); };
    in
    go 0;

  getAttrFromPath =
    path: set: attrByPath path (throw "cannot find attribute '${showPath path}'") set;

  concatMapAttrs = f: set: foldl' (a: b: a // b) { } (attrValues (mapAttrs f set));

  /* updateManyAttrsByPath [ { path = [ "a" "b" ]; update = old: old + 1; } ] { a.b = 1; } */
  updateManyAttrsByPath =
    let
      # `value` is evaluated only if an update or a longer path uses it, so an update may create a missing attribute.
      go =
        prefix: exists: value: updates:
        let
          parts = builtins.partition (u: length u.path == length prefix) updates;
          groups = builtins.groupBy (u: elemAt u.path (length prefix)) parts.wrong;
          old =
            if exists then
              value
            else
              throw (
                "updateManyAttrsByPath: the path '${showPath prefix}' does not exist in the given value, but "
                + "the first update wants to read it"
              );
          inner =
            if groups == { } then
              old
            else if exists && !isAttrs value then
              throw
                "updateManyAttrsByPath: the path '${showPath prefix}' needs to be updated further, but its value is no set"
            else
              let
                set = if exists then value else { };
              in
              set
              // mapAttrs (
                name: go (prefix ++ [ name ]) (set ? ${name}) (set.${name} or null)
              ) groups;
        in
        lib.foldl (acc: u: u.update acc) inner parts.right;
    in
    updates: value: go [ ] true value updates;

  attrVals = names: set: map (name: set.${name}) names;

  getAttrs = names: set: lib.genAttrs names (name: set.${name});

  filterAttrs =
    p: set: builtins.removeAttrs set (builtins.filter (name: !p name set.${name}) (attrNames set));

  filterAttrsRecursive =
    p: set: mapAttrs (_: v: if isAttrs v then filterAttrsRecursive p v else v) (filterAttrs p set);

  foldlAttrs = f: init: set: foldl' (acc: name: f acc name set.${name}) init (attrNames set);

  foldAttrs = op: nul: sets: zipAttrsWith (_: values: lib.foldr op nul values) sets;

  collect =
    p: set:
    if p set then [ set ] else if isAttrs set then concatMap (collect p) (attrValues set) else [ ];

  cartesianProduct =
    sets:
    foldl' (rows: name: concatMap (row: map (v: row // { ${name} = v; }) sets.${name}) rows) [
      { }
    ] (attrNames sets);
  mapCartesianProduct = f: sets: map f (cartesianProduct sets);
  cartesianProductOfSets = cartesianProduct;

  nameValuePair = name: value: { inherit name value; };

  mapAttrs' = f: set: listToAttrs (map (name: f name set.${name}) (attrNames set));
  mapAttrsToList = f: set: attrValues (mapAttrs f set);
  attrsToList = mapAttrsToList nameValuePair;

  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
  mapAttrsRecursiveCond =
    cond: f:
    let
      go =
        path:
        mapAttrs (
          name: v: if isAttrs v && cond v then go (path ++ [ name ]) v else f (path ++ [ name ]) v
        );
    in
    go [ ];
  mapAttrsToListRecursive = mapAttrsToListRecursiveCond (_: _: true);
  mapAttrsToListRecursiveCond =
    cond: f: set:
    let
      go =
        path: v:
        if isAttrs v && (path == [ ] || cond path v) then
          concatMap (name: go (path ++ [ name ]) v.${name}) (attrNames v)
        else
          [ (f path v) ];
    in
    go [ ] set;

  genAttrs =
    names: f:
    genAttrs' names (name: {
      inherit name;
      value = f name;
    });
  genAttrs' = xs: f: listToAttrs (map f xs);

  isDerivation = v: v.type or null == "derivation";

  toDerivation =
    path:
    let
      storePath = builtins.storePath path;
      result = {
        type = "derivation";
        name = lib.sanitizeDerivationName (builtins.substring 33 (-1) (baseNameOf storePath));
        outPath = storePath;
        outputs = [ "out" ];
        out = result;
        outputName = "out";
      };
    in
    result;

  optionalAttrs = cond: set: if cond then set else { };

  zipAttrsWithNames =
    names: f: sets: lib.genAttrs names (name: f name (builtins.catAttrs name sets));
  zipAttrs = zipAttrsWith (_: values: values);

  mergeAttrsList =
    sets:
    let
      # A balanced tree: each element is copied log(n) times.
      go =
        start: end:
        if end - start > 1 then
          let
            middle = (start + end) / 2;
          in
          go start middle // go middle end
        else
          elemAt sets start;
    in
    if sets == [ ] then { } else go 0 (length sets);

  recursiveUpdateUntil =
    stop: lhs: rhs:
    let
      go =
        path:
        zipAttrsWith (
          name: values:
          let
            here = path ++ [ name ];
          in
          if length values == 1 || stop here (elemAt values 1) (head values) then
            head values
          else
            go here values
        );
    in
    go [ ] [ rhs lhs ];

  recursiveUpdate =
    lhs: rhs:
    let
      go =
        l: r:
        l
        // mapAttrs (
          name: v: if isAttrs v && isAttrs l.${name} or null then go l.${name} v else v
        ) r;
    in
    go lhs rhs;

  matchAttrs =
    pattern: set:
    assert isAttrs pattern;
    builtins.all (
      name:
      set ? ${name}
      && (
        let
          p = pattern.${name};
          v = set.${name};
        in
        if isAttrs p then isAttrs v && matchAttrs p v else p == v
      )
    ) (attrNames pattern);

  overrideExisting = old: new: mapAttrs (name: v: new.${name} or v) old;

  showAttrPath =
    path:
    if path == [ ] then
      "<root attribute path>"
    else
      lib.concatMapStringsSep "." lib.strings.escapeNixIdentifier path;

  getOutput =
    output: pkg:
    if !pkg ? outputSpecified || !pkg.outputSpecified then pkg.${output} or pkg.out or pkg else pkg;
  getFirstOutput =
    candidates: pkg:
    let
      found = lib.findFirst (name: pkg ? ${name}) null candidates;
    in
    if pkg.outputSpecified or false || found == null then pkg else pkg.${found};
  getBin = getOutput "bin";
  getLib = getOutput "lib";
  getStatic = getFirstOutput [ "static" "lib" "out" ];
  getDev = getOutput "dev";
  getInclude = getFirstOutput [ "include" "dev" "out" ];
  getMan = getOutput "man";
  chooseDevOutputs = map getDev;

  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };

  /* What both have is an error, once it's used. */
  unionOfDisjoint =
    x: y:
    let
      both = builtins.intersectAttrs x y;
      names = builtins.concatStringsSep " " (attrNames both);
    in
    (x // y)
    // mapAttrs (
      name: _: throw "unionOfDisjoint: collision on ${name}; complete list: ${names}"
    ) both;

  zip = zipAttrsWith;
  zipWithNames = zipAttrsWithNames;
}
