# Definitions and a type to one value.
#
# A type's `merge` is a function loc -> defs -> value, or, of the second kind, also has `v2`: { loc, defs } -> { headError, value,
# valueMeta }, whose headError is null or { message }. Merge functions of others get definitions of exactly { file, value };
# those of our own types (`own`) also where each stands, for messages. See ../types/base.nix.
{ lib }:

let
  inherit (builtins) all concatMap filter head length map;
  inherit (lib.modules) errors;
  inherit (lib.modules.resolve) resolve;

  bare = map (def: { inherit (def) file value; });
  for = merge: defs: if merge ? own then defs else bare defs;

  /* { headError, value, valueMeta } of a type of either kind; `value` may only be used where headError is null. */
  attempt =
    loc: type: defs:
    let
      inherit (type) merge;
    in
    if merge ? v2 then
      if type.check ? isV2MergeCoherent then
        merge.v2 {
          inherit loc;
          defs = if merge ? own then defs else bare defs;
        }
      else
        errors.incoherentCheck loc type
    else
      {
        headError =
          if all (def: type.check def.value) defs then
            null
          else
            { message = errors.wrongDefinitions loc type.check defs; };
        value = merge loc (for merge defs);
        valueMeta = { };
      };

  accepted =
    loc: type: outcome:
    if outcome.headError == null then
      outcome.value
    else
      errors.typeError loc type outcome.headError;

  /* Merges definitions that bear no property any more, at least one. A `merge` with the attribute `identity` gives the value of
     a single definition back as it is; one with `direct` merges what the type's `check` has passed. */
  mergeResolved =
    loc: type: defs:
    let
      inherit (type) merge;
    in
    if merge ? v2 then
      if !(type.check ? isV2MergeCoherent) then
        errors.incoherentCheck loc type
      else if merge ? identity && length defs == 1 then
        let
          inherit (head defs) value;
        in
        if type.check value then value else errors.wrongType loc type defs
      else if !(merge ? direct) then
        accepted loc type (attempt loc type defs)
      else if all (def: type.check def.value) defs then
        merge.direct loc defs
      else
        errors.wrongType loc type defs
    else if merge ? identity && length defs == 1 then
      let
        inherit (head defs) value;
      in
      if type.check value then value else errors.wrongType loc type defs
    else if all (def: type.check def.value) defs then
      merge loc (for merge defs)
    else
      errors.wrongType loc type defs;

  /* The same for a type within a type whose own check covers it, also if that isn't the check that the merge knows. */
  mergeUnchecked = loc: type: defs: type.merge loc (for type.merge defs);

  ofNothing = loc: type: type.emptyValue.value or (errors.notDefined loc);

  metaOf =
    loc: type: defs: if type.merge ? v2 then elementMeta type (attempt loc type defs) else { };

  elementMeta =
    type: outcome:
    if type.merge ? v2 then outcome.valueMeta // { _internal = { inherit type; }; } else { };

  /* Definitions as they were written. */
  mergeValue =
    loc: type: defs:
    let
      inherit (resolve defs) values;
    in
    if values == [ ] then ofNothing loc type else mergeResolved loc type values;

  /* The whole of it, as nixpkgs gives it. */
  mergeDefinitions = loc: type: defs: rec {
    defsFinal' =
      let
        found = resolve defs;
      in
      {
        inherit (found) highestPrio;
        values = bare found.values;
      };
    defsFinal = defsFinal'.values;
    isDefined = defsFinal != [ ];
    mergedValue = if isDefined then accepted loc type outcome else ofNothing loc type;
    optionalValue = if isDefined then { value = mergedValue; } else { };
    checkedAndMerged =
      if type.merge ? v2 then
        outcome // { valueMeta = elementMeta type outcome; }
      else
        {
          headError = null;
          value = mergedValue;
          valueMeta = { };
        };
    outcome = attempt loc type (resolve defs).values;
  };

  /* The definitions of each attribute of an option's value, by priorities of their own: { <name> = { value, highestPrio } }. */
  mergeAttrDefinitionsWithPrio =
    option:
    assert option.type.name == "attrsOf" || option.type.name == "lazyAttrsOf";
    builtins.mapAttrs
      (
        name: defs:
        let
          merged = mergeDefinitions (option.loc ++ [ name ]) option.type.nestedTypes.elemType defs;
        in
        {
          inherit (merged.defsFinal') highestPrio;
          value = merged.mergedValue;
        }
      )
      (lib.zipAttrs (
        concatMap (
          def:
          map
            (builtins.mapAttrs (_: value: {
              inherit (def) file;
              inherit value;
            }))
            (lib.modules.resolve.pushDownProperties def.value)
        ) option.definitionsWithLocations
      ));
in
{
  inherit
    accepted
    attempt
    mergeResolved
    mergeUnchecked
    elementMeta
    metaOf
    ofNothing
    mergeValue
    mergeDefinitions
    mergeAttrDefinitionsWithPrio
    bare
    ;
}
