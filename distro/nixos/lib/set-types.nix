# Types of sets and lists whose elements are read by name, so that a wrong one is an error about the option and its definition.
{ lib }:

let
  inherit (lib) types;

  /*
    A set that has the attributes of `required`, may have those of `known`, both with their types, and others of the type `other`.
    Definitions are merged attribute by attribute.
  */
  setWith =
    {
      required ? { },
      known ? { },
      other ? types.anything,
    }:
    let
      typeOf = name: required.${name} or known.${name} or other;
      merged =
        loc: name: defs: (lib.mergeDefinitions (loc ++ [ name ]) (typeOf name) defs).optionalValue;
    in
    lib.mkOptionType {
      name = "attrs";
      description =
        "attribute set"
        + lib.optionalString
          (required != { })
          " with ${lib.concatMapStringsSep " and " (name: "`${name}'") (lib.attrNames required)}";
      descriptionClass = "noun";
      check =
        value: builtins.isAttrs value && lib.all (name: value ? ${name}) (lib.attrNames required);
      merge =
        loc: defs:
        lib.mapAttrs (_: it: it.value) (
          lib.filterAttrs (_: it: it ? value) (
            # `from` is where errors find the position.
            lib.zipAttrsWith
              (merged loc)
              (map (
                d:
                lib.mapAttrs (_: value: {
                  inherit (d) file;
                  inherit value;
                  from = d.value;
                }) d.value
              ) defs)
          )
        );
      emptyValue.value = { };
    };
in
{
  inherit setWith;

  /* A list whose elements are checked with it: for coercedTo, which gives the list to a function as it is. */
  checkedListOf = element: types.addCheck (types.listOf element) (lib.all element.check);
}
