# What a type is made of.
{ lib }:

let
  inherit (builtins) isAttrs;

  identityMerge = merge: { __functor = _: merge; identity = true; };
in
rec {
  isType = type: x: x._type or null == type;
  setType = typeName: value: value // { _type = typeName; };
  isOptionType = isType "option-type";

  /* A `merge` that gives the value of a single definition back as it is; told so, such values are passed on without a call. */
  inherit identityMerge;

  /*
    name             for messages and for merging types of the same name
    description      shown to users; descriptionClass says where it needs parentheses
    check            value -> bool; looks at the outermost level of a value only
    merge            loc -> [ { file, value } ] -> value, of at least one definition that passed `check`
    emptyValue       { } or { value }: what no definition at all means inside a lazyAttrsOf
    getSubOptions    prefix -> options, for documentation
    getSubModules    modules of a submodule type, else null
    substSubModules  modules -> the type with these modules
    typeMerge        functor of another type -> the type that both are, or null
  */
  mkOptionType =
    { name
    , description ? null
    , descriptionClass ? null
    , check ? (_: true)
    , merge ? identityMerge lib.options.mergeDefaultOption
    , emptyValue ? { }
    , getSubOptions ? (_: { })
    , getSubModules ? null
    , substSubModules ? (_: null)
    , typeMerge ? defaultTypeMerge functor
    , functor ? defaultFunctor name
    , deprecationMessage ? null
    , nestedTypes ? { }
    }: {
      _type = "option-type";
      inherit
        name descriptionClass check merge emptyValue getSubOptions getSubModules substSubModules typeMerge deprecationMessage
        nestedTypes;
      description = if description == null then name else description;
      functor =
        if functor ? wrappedDeprecationMessage then functor
        else if functor ? type then functor
        else functor // { type = lib.types.${name} or null; };
    };

  defaultFunctor = name: {
    inherit name;
    type = lib.types.${name} or null;
    wrapped = null;
    payload = null;
    binOp = a: b: null;
  };

  /* A functor for a type that is made of one other type. */
  elemTypeFunctor = name: { elemType, ... }@payload: {
    inherit name payload;
    type = p: lib.types.${name} (p.elemType or p);
    wrapped = elemType;
    binOp = a: b:
      let merged = a.elemType.typeMerge b.elemType.functor;
      in if merged == null then null else { elemType = merged; };
  };

  defaultTypeMerge = f: g:
    let
      wrapped = f.wrapped.typeMerge g.wrapped.functor;
      payload = f.binOp f.payload g.payload;
    in
    if f.name != g.name then null
    # Of one kind, without parameters.
    else if f.wrapped == null && g.wrapped == null && f.payload == null && g.payload == null then f.type
    else if f.payload != null && g.payload != null then (if payload == null then null else f.type payload)
    else if f.wrapped != null && g.wrapped != null then (if wrapped == null then null else f.type wrapped)
    else null;

  optionType = mkOptionType {
    name = "optionType";
    description = "optionType";
    descriptionClass = "noun";
    check = x: x._type or null == "option-type";
    merge = loc: defs:
      if builtins.length defs == 1 then (builtins.head defs).value
      else
        let
          # All definitions as one type; those that are submodules extend each other.
          step = acc: def:
            let merged = acc.typeMerge def.value.functor;
            in if merged == null then lib.modules.errors.conflict loc (map (d: d // { value = d.value.description; }) defs) else merged;
        in
        builtins.foldl' step (builtins.head defs).value (builtins.tail defs);
  };

  /* A type's description where another type's surrounds it: in parentheses if it would read wrongly. */
  optionDescriptionPhrase = unparenthesised: t:
    if t.descriptionClass or null == null || unparenthesised t.descriptionClass then t.description or "?" else "(${t.description})";
}
