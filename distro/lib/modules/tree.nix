# Declarations and definitions of all modules, merged level by level to one tree of options and one of values.
#
# A declaration is { file, options, from }: what a module has at this place of its `options`, and the set that it stands in.
# Definitions are as in resolve.nix. Positions are only looked up when an error is shown.
{ lib }:

let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatMap
    filter
    head
    intersectAttrs
    isAttrs
    length
    map
    mapAttrs
    partition
    removeAttrs
    zipAttrsWith
    ;
  inherit (lib.modules) errors;
  inherit (lib.modules.leaf) leaf;
  inherit (lib.modules.resolve) rewrap unwrap;

  # [ { file, options = { a = x; b = y; } } ... ] -> { a = [ { file, options = x } ... ]; b = [ ... ]; }
  declarationsByName =
    loc: decls:
    if length decls == 1 then
      let
        d = head decls;
      in
      if isAttrs d.options then
        mapAttrs (_: options: [
          {
            inherit (d) file;
            inherit options;
            from = d.options;
          }
        ]) d.options
      else
        errors.declarationsNotASet loc d
    else
      zipAttrsWith (_: ds: ds) (
        map (
          d:
          if isAttrs d.options then
            mapAttrs (_: options: {
              inherit (d) file;
              inherit options;
              from = d.options;
            }) d.options
          else
            errors.declarationsNotASet loc d
        ) decls
      );

  definitionsByName =
    defs:
    if defs == [ ] then
      { }
    else if length defs == 1 then
      let
        d = head defs;
      in
      mapAttrs (_: value: [
        {
          inherit (d) file props;
          inherit value;
          from = d.value;
        }
      ]) d.value
    else
      zipAttrsWith (_: ds: ds) (
        map (
          d:
          mapAttrs (_: value: {
            inherit (d) file props;
            inherit value;
            from = d.value;
          }) d.value
        ) defs
      );

  /* One level: { nodes, unmatched }. `defs` have no property around them any more (see `unwrap`).
     unmatched: definitions of names that are declared nowhere, each with its `loc` and its properties put back. */
  level =
    loc: decls: defs:
    let
      declared = declarationsByName loc decls;
      names = attrNames declared;
      defined = definitionsByName defs;
      nodes = mapAttrs (name: ds: node (loc ++ [ name ]) ds (defined.${name} or [ ])) declared;
      undeclared =
        def:
        let
          others = removeAttrs def.value names;
        in
        if others == { } then
          [ ]
        else
          map (name: {
            loc = loc ++ [ name ];
            inherit (def) file;
            from = def.value;
            value = rewrap def.props others.${name};
          }) (attrNames others);
    in
    {
      inherit nodes;
      unmatched =
        if defs == [ ] then
          [ ]
        else
          concatMap undeclared defs
          ++ concatMap (n: n.unmatched) (attrValues (intersectAttrs defined nodes));
    };

  node =
    loc: decls: defs:
    if length decls == 1 then
      let
        kind = (head decls).options._type or null;
      in
      if kind == null then
        branch loc decls defs
      else if kind == "option" then
        leaf loc decls defs
      else
        errors.notAnOption loc (head decls)
    else
      let
        parts = partition (d: d.options ? _type) decls;
        wrong = filter (d: d.options._type != "option") parts.right;
      in
      if parts.right == [ ] then
        branch loc decls defs
      else if wrong != [ ] then
        errors.notAnOption loc (head wrong)
      else if parts.wrong == [ ] then
        leaf loc decls defs
      # Some modules declare the option, others options under it: its type must be a submodule, which those extend.
      else if all (d: d.options.type.name or null == "submodule") parts.right then
        leaf loc (map asOption decls) defs
      else
        errors.optionAndSet loc (head parts.right) parts.wrong;

  asOption =
    d:
    if d.options ? _type then
      d
    else
      d
      // {
        options = lib.mkOption {
          type = lib.types.submoduleWith {
            modules = [ { inherit (d) options; } ];
            shorthandOnlyDefinesConfig = null;
          };
        };
      };

  branch =
    loc: decls: defs:
    let
      sets = if defs == [ ] then defs else concatMap (setsOf loc decls) defs;
      here = level loc decls sets;
    in
    {
      inherit (here) unmatched;
      options = mapAttrs (_: n: n.options) here.nodes;
      config = mapAttrs (_: n: n.config) here.nodes;
    };

  setsOf =
    loc: decls: def:
    let
      check =
        d:
        if isAttrs d.value then
          d
        else
          errors.notASet loc d (attrNames (declarationsByName loc decls));
    in
    if isAttrs def.value && !(def.value ? _type) then [ def ] else map check (unwrap def);
in
{ inherit level branch node setsOf; }
