# What a type is made of.
{ lib }:

let
  inherit (builtins) all head length;
in
rec {
  isType = type: x: x._type or null == type;
  setType = typeName: value: value // { _type = typeName; };
  isOptionType = isType "option-type";

  # Merge functions of our own types. They take definitions with more than `file` and `value` (see lib.modules.values).

  ownMerge = merge: {
    __functor = _: merge;
    own = true;
  };

  /* One that gives the value of a single definition back as it is; such values are passed on without a call. */
  identityMerge = merge: {
    __functor = _: merge;
    own = true;
    identity = true;
  };
  identityIf = condition: if condition then identityMerge else ownMerge;

  /* One of the second kind: { loc, defs } -> { headError, value, valueMeta }. headError is null or { message }: whether the
     definitions as a whole are of the type, without a look at what is within. valueMeta is { }, or what is known of the value
     beside itself, as the configuration that a submodule's value comes from. */
  mergeWithMeta = merge: {
    __functor = self: loc: defs: (self.v2 { inherit loc defs; }).value;
    v2 = merge;
    own = true;
  };

  /* The same with the value by itself, of definitions that the type's `check` has passed: quicker, and nearly always all that's
     wanted. */
  mergeDirectly = direct: merge: mergeWithMeta merge // { inherit direct; };

  /* The check of a type with such a merge. The merge checks definitions by itself, so a check that replaces this one
     would be ignored: without the mark it's an error. */
  checkedByMerge = check: {
    __functor = _: check;
    isV2MergeCoherent = true;
  };

  /* The headError of definitions of which each must pass `check`. */
  headErrorOf =
    check: loc: defs:
    if (if length defs == 1 then check (head defs).value else all (def: check def.value) defs) then
      null
    else
      { message = lib.modules.errors.wrongDefinitions loc check defs; };

  /*
    name             for messages and for merging types of the same name
    description      shown to users; descriptionClass says where it needs parentheses
    check            value -> bool; looks at the outermost level of a value only
    merge            loc -> [ { file, value } ] -> value, of at least one definition that passed `check`
    emptyValue       { } or { value }: what no definition at all means
    getSubOptions    prefix -> options, for documentation
    getSubModules    modules of a submodule type, else null
    substSubModules  modules -> the type with these modules
    typeMerge        functor of another type -> the type that both are, or null
    functor          { name, type, payload, binOp }: what `type` makes of the payload is the type itself; binOp merges two
                     payloads, or gives null
    nestedTypes      the types that it is made of, by name
  */
  mkOptionType =
    {
      name,
      description ? null,
      descriptionClass ? null,
      check ? (_: true),
      merge ? identityMerge lib.options.mergeDefaultOption,
      emptyValue ? { },
      getSubOptions ? (_: { }),
      getSubModules ? null,
      substSubModules ? (_: null),
      typeMerge ? defaultTypeMerge functor,
      functor ? defaultFunctor name,
      deprecationMessage ? null,
      nestedTypes ? { },
    }:
    {
      _type = "option-type";
      inherit
        name
        descriptionClass
        check
        merge
        emptyValue
        getSubOptions
        getSubModules
        substSubModules
        typeMerge
        functor
        deprecationMessage
        nestedTypes
        ;
      description = if description == null then name else description;
    };

  defaultFunctor = name: {
    inherit name;
    type = lib.types.${name} or null;
    payload = null;
    binOp = a: b: null;
  };

  /* The functor of a type that is made of one other type, by the function `lib.types.<name>`. */
  elemTypeFunctor =
    name:
    { elemType, ... }@payload:
    {
      inherit name payload;
      type = p: lib.types.${name} p.elemType;
      binOp =
        a: b:
        let
          merged = a.elemType.typeMerge b.elemType.functor;
        in
        if merged == null then null else { elemType = merged; };
    };

  defaultTypeMerge =
    f: g:
    let
      # An older way to say what a type is made of.
      both = part: f.${part} or null != null && g.${part} or null != null;
      neither = part: f.${part} or null == null && g.${part} or null == null;
      payload = f.binOp f.payload g.payload;
      wrapped = f.wrapped.typeMerge g.wrapped.functor;
    in
    if f.name != g.name then
      null
    else if both "payload" then
      (if payload == null then null else f.type payload)
    else if both "wrapped" then
      (if wrapped == null then null else f.type wrapped)
    else if neither "payload" && neither "wrapped" then
      f.type
    else
      null;

  /* The type that both are, or { _type = "merge-error"; }. */
  mergeTypes =
    a: b:
    assert isOptionType a && isOptionType b;
    let
      merged = a.typeMerge b.functor;
    in
    if merged == null then setType "merge-error" { error = "Cannot merge types"; } else merged;

  /* A type's description where another type's surrounds it: in parentheses if it would read wrongly. */
  optionDescriptionPhrase =
    unparenthesised: t:
    if unparenthesised (t.descriptionClass or null) then t.description else "(${t.description})";
}
