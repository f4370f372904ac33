# Lists of single attributes, as { verbose = true; } or { I = "include"; }: names may repeat, and their order counts. A definition
# is such a list, or a set.
{ lib }:

let
  inherit (builtins)
    attrNames
    concatMap
    filter
    foldl'
    head
    isAttrs
    isList
    length
    map
    sort
    typeOf
    zipAttrsWith
    ;
  inherit (lib) showOption;
  inherit (lib.modules)
    defaultOrderPriority
    defaultOverridePriority
    mkDefinition
    mkOrder
    mkOverride
    ;
  inherit (lib.modules.resolve) resolve;
  inherit (lib.modules.values) mergeResolved metaOf;
  inherit (import ./base.nix { inherit lib; })
    mkOptionType
    optionDescriptionPhrase
    checkedByMerge
    headErrorOf
    mergeWithMeta
    ;

  isContainer = x: isList x || isAttrs x;

  # Order and priority are those of the element; conditions stay with the value: { value, order, priority }.
  weigh =
    value:
    let
      kind = value._type or null;
      # Not looked at where the priority alone decides.
      inner = weigh value.content;
    in
    if kind == "order" then
      {
        inherit (inner) value priority;
        order = value.priority;
      }
    else if kind == "override" then
      {
        inherit (inner) order;
        inherit (value) priority;
        value = mkOverride value.priority inner.value;
      }
    else
      {
        inherit value;
        order = defaultOrderPriority;
        priority = defaultOverridePriority;
      };

  item =
    loc: description: file: written:
    let
      ordered = written._type or null == "order";
      single = if ordered then written.content else written;
      key = head (attrNames single);
      weighed = weigh single.${key};
      wrong =
        what:
        throw
          "A definition for option `${
            showOption loc
          }' is not of type `${description}'. Each list element must be ${what}.${
            lib.modules.errors.showDefinitions [ { inherit file; value = written; } ]
          }";
    in
    if !isAttrs single then
      wrong "an attribute set, but got ${typeOf single}"
    else if length (attrNames single) != 1 then
      wrong "a single-key attribute set, but got ${toString (length (attrNames single))} keys"
    else
      weighed
      // {
        inherit key file;
        order = if ordered then written.priority else weighed.order;
      };

  items =
    loc: description: def:
    if isList def.value then
      map (item loc description def.file) def.value
    else
      map (
        key:
        weigh def.value.${key}
        // {
          inherit key;
          inherit (def) file;
        }
      ) (attrNames def.value);

  # Of each name only the items of its strongest priority, all in their order.
  counting =
    all:
    let
      strongest = foldl' (
        best: i:
        if i.priority < best.${i.key} or defaultOverridePriority then
          best // { ${i.key} = i.priority; }
        else
          best
      ) { } all;
    in
    sort (a: b: a.order < b.order) (
      filter (i: i.priority == strongest.${i.key} or defaultOverridePriority) all
    );
in
rec {
  attrListOf = elemType: attrListWith { inherit elemType; };

  /* asAttrs: the value is a set; mergeAttrValues makes one value of all that a name has. */
  attrListWith =
    {
      elemType,
      asAttrs ? false,
      mergeAttrValues ? (_name: values: values),
    }@given:
    let
      description = "attribute list of ${optionDescriptionPhrase (class: class == "noun" || class == "composite") elemType}";
    in
    mkOptionType {
      name = "attrListOf";
      inherit description;
      descriptionClass = "composite";
      check = checkedByMerge isContainer;
      merge = mergeWithMeta (
        { loc, defs }:
        let
          merged = concatMap (
            i:
            let
              found = (resolve [ { inherit (i) file value; } ]).values;
            in
            if found == [ ] then
              [ ]
            else
              [
                {
                  inherit (i) key file order;
                  value = mergeResolved (loc ++ [ i.key ]) elemType found;
                  valueMeta = metaOf (loc ++ [ i.key ]) elemType found;
                }
              ]
          ) (counting (concatMap (items loc description) defs));
          pairs = map (e: { ${e.key} = e.value; }) merged;
        in
        {
          headError = headErrorOf isContainer loc defs;
          value = if asAttrs then zipAttrsWith mergeAttrValues pairs else pairs;
          valueMeta = {
            attrList = map (e: e.valueMeta) merged;
            # The list, whatever the value is.
            attrListValue = pairs;
            # For an option that shall have the same, with their places and in this order.
            definitions = map (
              e:
              mkDefinition {
                inherit (e) file;
                value = mkOrder e.order { ${e.key} = e.value; };
              }
            ) merged;
          };
        }
      );
      emptyValue.value = if asAttrs then { } else [ ];
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
      inherit (elemType) getSubModules;
      substSubModules = m: attrListWith (given // { elemType = elemType.substSubModules m; });
      typeMerge = _: null;
      nestedTypes.elemType = elemType;
    };
}
