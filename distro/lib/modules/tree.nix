# Declarations and definitions of all modules, merged level by level to one tree of options and one of values.
#
# A declaration is { file, options, from }: what a module has at this place of its `options`, and the set that it stands in.
# A definition is { file, value, from, props }: likewise of `config`; `props` are the conditions, priorities and orders that
# stood around a set that it was taken from (see properties.nix). Positions are only looked up when an error is shown.
{ lib }:

let
  inherit (builtins) all attrNames attrValues concatLists concatMap filter foldl' head intersectAttrs isAttrs length map mapAttrs partition removeAttrs tail zipAttrsWith;
  inherit (lib.modules) errors;
  inherit (lib.modules.properties) resolve unwrap mkOptionDefault;
  inherit (lib.modules.values) mergeResolved;

  isOption = v: v._type or null == "option";
  isOptionDecl = d: d.options._type or null == "option";

  # [ { file, options = { a = x; b = y; } } ... ] -> { a = [ { file, options = x } ... ]; b = [ ... ]; }
  declarationsByName = loc: decls:
    let
      spread = d:
        if !isAttrs d.options || d.options ? _type && d.options._type == "option-type" then errors.notAnOption loc d.file d.options
        else mapAttrs (_: options: { inherit (d) file; inherit options; from = d.options; }) d.options;
    in
    if length decls == 1
    then
      let d = head decls;
      in
      if !isAttrs d.options || d.options ? _type && d.options._type == "option-type" then errors.notAnOption loc d.file d.options
      else mapAttrs (_: options: [{ inherit (d) file; inherit options; from = d.options; }]) d.options
    else zipAttrsWith (_: ds: ds) (map spread decls);

  definitionsByName = defs:
    if defs == [ ] then { }
    else if length defs == 1 then
      let d = head defs;
      in mapAttrs (_: value: [{ inherit (d) file props; inherit value; from = d.value; }]) d.value
    else
      zipAttrsWith (_: ds: ds) (map
        (d: mapAttrs (_: value: { inherit (d) file props; inherit value; from = d.value; }) d.value)
        defs);

  /* One level: answers { nodes, unmatched }. `defs` have no property around them any more (see `unwrap`).
     unmatched: [ { prefix, def } ], def.value a set of the names that are declared nowhere. */
  level = loc: decls: defs:
    let
      declared = declarationsByName loc decls;
      names = attrNames declared;
      defined = definitionsByName defs;
      nodes = mapAttrs (name: ds: node (loc ++ [ name ]) ds (defined.${name} or [ ])) declared;
      # Definitions that have names of their own.
      extra = if defs == [ ] then [ ] else
        concatMap
          (def:
            let rest = removeAttrs def.value names;
            in if rest == { } then [ ] else [{ prefix = loc; declared = names; def = def // { value = rest; }; }])
          defs;
    in
    {
      inherit nodes;
      unmatched = if defs == [ ] then [ ] else extra ++ concatMap (n: n.unmatched) (attrValues (intersectAttrs defined nodes));
    };

  node = loc: decls: defs:
    if length decls == 1 then
      (if isOptionDecl (head decls) then leaf loc decls defs else branch loc decls defs)
    else
      let parts = partition isOptionDecl decls;
      in
      if parts.wrong == [ ] then leaf loc decls defs
      else if parts.right == [ ] then branch loc decls defs
      # Some modules declare the option, others options under it: its type must be a submodule, which those extend.
      else if all (d: d.options ? type && d.options.type.getSubModules or null != null) parts.right then
        leaf loc
          (parts.right ++ [{
            file = (head parts.wrong).file;
            from = null;
            options = lib.mkOption { type = lib.types.submoduleWith { modules = map (d: { _file = d.file; options = d.options; }) parts.wrong; shorthandOnlyDefinesConfig = null; }; };
          }])
          defs
      else errors.optionAndSet loc (map (d: d.file) parts.right) (map (d: d.file) parts.wrong);

  branch = loc: decls: defs:
    let
      sets = if defs == [ ] then defs else concatMap (setsOf loc decls) defs;
      here = level loc decls sets;
    in
    {
      inherit (here) unmatched;
      options = mapAttrs (_: n: n.options) here.nodes;
      config = mapAttrs (_: n: n.config) here.nodes;
    };

  setsOf = loc: decls: def:
    let
      check = d: if isAttrs d.value then d else errors.notASet loc d (attrNames (declarationsByName loc decls));
    in
    if isAttrs def.value && !(def.value ? _type) then [ def ] else map check (unwrap def);

  leaf = loc: decls: defs:
    let
      decl = head decls;
      option = if length decls == 1 then withOwnFile decl.file decl.options else mergeDeclarations loc decls;
      type = option.type or lib.types.unspecified;

      # The default takes part as the weakest definition.
      default = { inherit (decl) file; from = option; value = option.default; };
      given = if defs == [ ] then { values = [ ]; highestPrio = 9999; } else resolve defs;
      final =
        if !(option ? default) || given.values != [ ] && given.highestPrio < 1500 then given
        else if given.values == [ ] && !(option.default ? _type) then { values = [ default ]; highestPrio = 1500; }
        else resolve ([ (default // { value = mkOptionDefault option.default; }) ] ++ defs);

      checkedDefs =
        if option.readOnly or false && length defs + (if option ? default then 1 else 0) > 1
        then errors.readOnly loc defs
        else final.values;

      merged =
        if checkedDefs == [ ] then errors.notDefined loc
        else mergeResolved loc type checkedDefs;

      value = builtins.addErrorContext (errors.context loc defs) (if option ? apply then option.apply merged else merged);
    in
    {
      unmatched = [ ];
      config = value;
      options = option // {
        inherit loc type value;
        declarations = map (d: d.file) decls;
        declarationPositions = map
          (d:
            let pos = if d.from == null then null else builtins.unsafeGetAttrPos (lib.last loc) d.from;
            in if pos == null then { inherit (d) file; line = null; column = null; } else pos)
          decls;
        isDefined = final.values != [ ];
        inherit (final) highestPrio;
        definitions = map (d: d.value) final.values;
        definitionsWithLocations = map (d: { inherit (d) file value; }) final.values;
        files = map (d: d.file) final.values;
        options = map (d: d.options) (tail decls);
        __toString = _: lib.showOption loc;
      };
    };

  # A submodule's own modules are told which file they stand in, so that its options and defaults name it.
  withOwnFile = file: option:
    if option ? type && option.type.getSubModules or null != null
    then option // { type = option.type.substSubModules (map (lib.modules.locate file) option.type.getSubModules); }
    else option;

  /* One option of several declarations: types merge, everything else may be said once. */
  mergeDeclarations = loc: decls:
    let
      step = acc: d:
        let
          option = withOwnFile d.file d.options;
          both = name: acc.option ? ${name} && option ? ${name};
          mergedType =
            if both "type" then acc.option.type.typeMerge option.type.functor
            else acc.option.type or option.type or null;
        in
        if both "default" || both "example" || both "description" && !(both "type") || both "apply" || both "type" && mergedType == null
        then errors.declaredTwice loc d.file acc.files
        else {
          option = acc.option // option // (if mergedType == null then { } else { type = mergedType; });
          files = acc.files ++ [ d.file ];
        };
      first = head decls;
    in
    (foldl' step { option = withOwnFile first.file first.options; files = [ first.file ]; } (tail decls)).option;
in
{ inherit level branch node setsOf; }
