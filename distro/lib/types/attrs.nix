# Sets of values of another type.
{ lib }:

let
  inherit (builtins)
    all
    attrNames
    filter
    foldl'
    head
    isAttrs
    length
    map
    mapAttrs
    removeAttrs
    zipAttrsWith
    ;
  inherit (lib.modules.resolve) resolve isPlain;
  inherit (lib.modules.values) mergeResolved metaOf ofNothing;
  inherit (import ./base.nix { inherit lib; })
    mkOptionType
    elemTypeFunctor
    optionDescriptionPhrase
    checkedByMerge
    headErrorOf
    identityMerge
    mergeDirectly
    ;

  # All definitions of a set, by name.
  byName =
    defs:
    let
      spread =
        each: def:
        mapAttrs (
          _: value:
          each {
            inherit (def) file;
            inherit value;
            from = def.value;
          }
        ) def.value;
    in
    if length defs == 1 then
      spread (d: [ d ]) (head defs)
    else
      zipAttrsWith (_: ds: ds) (map (spread (d: d)) defs);

  # The names, and which of them are left after mkIf, are known before any element is merged.
  strict =
    defs:
    let
      found = mapAttrs (_: ds: if all isPlain ds then ds else (resolve ds).values) (byName defs);
      gone = filter (name: found.${name} == [ ]) (attrNames found);
    in
    if gone == [ ] then found else removeAttrs found gone;

  # A name whose definitions are all conditioned away stays; nothing is looked at before it's used.
  lenient = defs: mapAttrs (_: ds: (resolve ds).values) (byName defs);

  # Of two placeholders one may say nothing.
  agreed = a: b: if a == b || b == "name" then a else if a == "name" then b else null;
in
rec {
  attrs = mkOptionType {
    name = "attrs";
    description = "attribute set";
    check = isAttrs;
    merge = identityMerge (_: foldl' (merged: def: merged // def.value) { });
    emptyValue.value = { };
  };

  attrsOf = elemType: attrsWith { inherit elemType; };
  lazyAttrsOf =
    elemType:
    attrsWith {
      inherit elemType;
      lazy = true;
    };

  /* placeholder: what stands for a name in the documentation of options within. */
  attrsWith =
    {
      elemType,
      lazy ? false,
      placeholder ? "name",
    }:
    mkOptionType {
      name = if lazy then "lazyAttrsOf" else "attrsOf";
      description = "${
        if lazy then "lazy " else ""
      }attribute set of ${optionDescriptionPhrase (class: class == "noun" || class == "composite") elemType}";
      descriptionClass = "composite";
      check = checkedByMerge isAttrs;
      merge =
        let
          value =
            loc: defs:
            if lazy then
              mapAttrs (
                name: ds:
                let
                  at = loc ++ [ name ];
                in
                if ds == [ ] then ofNothing at elemType else mergeResolved at elemType ds
              ) (lenient defs)
            else
              mapAttrs (name: mergeResolved (loc ++ [ name ]) elemType) (strict defs);
        in
        mergeDirectly value (
          { loc, defs }:
          {
            headError = headErrorOf isAttrs loc defs;
            value = value loc defs;
            valueMeta.attrs = mapAttrs (name: metaOf (loc ++ [ name ]) elemType) (
              (if lazy then lenient else strict) defs
            );
          }
        );
      emptyValue.value = { };
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<${placeholder}>" ]);
      inherit (elemType) getSubModules;
      substSubModules =
        m:
        attrsWith {
          inherit lazy placeholder;
          elemType = elemType.substSubModules m;
        };
      functor = elemTypeFunctor "attrsWith" { inherit elemType lazy placeholder; } // {
        type = attrsWith;
        binOp =
          a: b:
          let
            merged = a.elemType.typeMerge b.elemType.functor;
            name = agreed a.placeholder b.placeholder;
          in
          if merged == null || name == null || a.lazy != b.lazy then
            null
          else
            {
              elemType = merged;
              inherit (a) lazy;
              placeholder = name;
            };
      };
      nestedTypes.elemType = elemType;
    };

  # An old name: lists are no longer taken.
  loaOf =
    elemType:
    attrsOf elemType
    // {
      name = "loaOf";
      deprecationMessage = "Lists can't be mixed with sets; please use `types.attrsOf` instead.";
    };
}
