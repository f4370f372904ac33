# Definitions and a type to one value.
{ lib }:

let
  inherit (builtins) all head length;
  inherit (lib.modules) errors;
  inherit (lib.modules.properties) resolve isPlain;
in
rec {
  /* Definitions that bear no property any more, at least one. A type whose `merge` has the attribute `identity` gives one
     definition's value back as it is. */
  mergeResolved = loc: type: defs:
    if length defs == 1 then
      let def = head defs;
      in
      if !type.check def.value then errors.wrongType loc type defs
      else if type.merge ? identity then def.value
      else type.merge loc defs
    else if all (def: type.check def.value) defs then type.merge loc defs
    else errors.wrongType loc type defs;

  /* The same of definitions as they were written. */
  mergeValue = loc: type: defs:
    let resolved = (resolve defs).values;
    in if resolved == [ ] then errors.notDefined loc else mergeResolved loc type resolved;

  /* NixOS's interface to the above. */
  mergeDefinitions = loc: type: defs: rec {
    defsFinal' = resolve defs;
    defsFinal = defsFinal'.values;
    isDefined = defsFinal != [ ];
    mergedValue = if isDefined then mergeResolved loc type defsFinal else errors.notDefined loc;
    optionalValue = if isDefined then { value = mergedValue; } else { };
  };
}
