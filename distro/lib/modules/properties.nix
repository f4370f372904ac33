# What may stand around a definition's value: conditions, merges, priorities and orders; and how they are taken off.
{ lib }:

let
  inherit (builtins) all any concatMap filter foldl' map;

  # Properties around a value, outermost first: null, or { kind, arg, next }. A definition carries them beside its value
  # while its set is taken apart level by level, so that nothing is wrapped anew for each attribute.
  append = chain: property: if chain == null then property else chain // { next = append chain.next property; };

  # One definition to the list of definitions whose values bear no property any more, each with the properties it was in.
  unwrap = def:
    let v = def.value;
    in
    if !(v ? _type) then [ def ]
    else if v._type == "merge" then concatMap (content: unwrap (def // { value = content; })) v.contents
    else if v._type == "if" then
      unwrap (def // { value = v.content; props = append def.props { kind = "if"; arg = v.condition; at = def; next = null; }; })
    else if v._type == "override" || v._type == "order" then
      unwrap (def // { value = v.content; props = append def.props { kind = v._type; arg = v.priority; next = null; }; })
    else if v._type == "definition" then unwrap (def // { inherit (v) file value; from = null; })
    else [ def ];

  # Puts carried properties back around the value.
  rewrap = props: value:
    if props == null then value
    else
      let content = rewrap props.next value;
      in
      if props.kind == "if" then mkIf props.arg content
      else if props.kind == "override" then mkOverride props.arg content
      else mkOrder props.arg content;

  # One definition of a value to those that count: [ { def, priority, order } ]. What stands behind a condition that doesn't
  # hold is not looked at. The outermost priority counts.
  discharge = priority: order: def:
    let props = def.props or null;
    in
    if props == null then dischargeValue priority order def
    else if props.kind == "if" then (if condition props then discharge priority order (def // { props = props.next; }) else [ ])
    else if props.kind == "override" then discharge (if priority == null then props.arg else priority) order (def // { props = props.next; })
    else discharge priority (if order == null then props.arg else order) (def // { props = props.next; });

  dischargeValue = priority: order: def:
    let v = def.value;
    in
    if !(v ? _type) then [ (counted priority order def) ]
    else if v._type == "if" then (if condition { arg = v.condition; at = def; } then dischargeValue priority order (def // { value = v.content; }) else [ ])
    else if v._type == "merge" then concatMap (content: dischargeValue priority order (def // { value = content; })) v.contents
    else if v._type == "override" then dischargeValue (if priority == null then v.priority else priority) order (def // { value = v.content; })
    else if v._type == "order" then dischargeValue priority (if order == null then v.priority else order) (def // { value = v.content; })
    else if v._type == "definition" then dischargeValue priority order (def // { inherit (v) file value; from = null; })
    else [ (counted priority order def) ];

  counted = priority: order: def: {
    inherit def;
    priority = if priority == null then defaultOverridePriority else priority;
    order = if order == null then defaultOrderPriority else order;
  };

  condition = p:
    if builtins.isBool p.arg then p.arg
    else throw "`mkIf' called with a condition of type `${builtins.typeOf p.arg}' instead of a Boolean, in `${lib.modules.errors.showPlace (p.at // { value = null; })}'";

  isPlain = def: !(def.value ? _type) && def.props or null == null;

  /* Definitions to those that count: conditions that don't hold are gone, only the strongest priority is left, in the wanted
     order. Answers { values, highestPrio }; values are definitions without properties. */
  resolve = defs:
    if all isPlain defs then { values = defs; highestPrio = if defs == [ ] then 9999 else defaultOverridePriority; }
    else
      let
        found = concatMap (discharge null null) defs;
        highestPrio = foldl' (best: d: if d.priority < best then d.priority else best) 9999 found;
        strongest = filter (d: d.priority == highestPrio) found;
        ordered =
          if any (d: d.order != defaultOrderPriority) strongest then builtins.sort (a: b: a.order < b.order) strongest else strongest;
      in
      { inherit highestPrio; values = map (d: d.def) ordered; };

  defaultOverridePriority = 100;
  defaultOrderPriority = 1000;

  filterOverrides' = defs:
    let
      priority = d: if d.value._type or null == "override" then d.value.priority else defaultOverridePriority;
      highestPrio = foldl' (best: d: let p = priority d; in if p < best then p else best) 9999 defs;
      strip = d: if d.value._type or null == "override" then d // { value = d.value.content; } else d;
    in
    { inherit highestPrio; values = map strip (filter (d: priority d == highestPrio) defs); };

  mkIf = condition: content: { _type = "if"; inherit condition content; };
  mkOverride = priority: content: { _type = "override"; inherit priority content; };
  mkOrder = priority: content: { _type = "order"; inherit priority content; };
in
{
  inherit unwrap rewrap resolve isPlain;

  inherit mkIf mkOverride mkOrder defaultOverridePriority defaultOrderPriority;
  defaultPriority = defaultOverridePriority;

  mkAssert = assertion: message: mkIf (if assertion then true else throw "\nFailed assertion: ${message}");
  mkMerge = contents: { _type = "merge"; inherit contents; };
  mkDefinition = args: args // { _type = "definition"; };

  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;
  mkStrict = mkOverride 0;

  mkFixStrictness = x: x;

  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;

  # Older names of parts of `resolve`, on { file, value } lists.

  dischargeProperties = value:
    let go = v:
      if v._type or null == "merge" then concatMap go v.contents
      else if v._type or null == "if" then (if v.condition then go v.content else [ ])
      else [ v ];
    in go value;

  pushDownProperties = value:
    map (d: builtins.mapAttrs (_: v: rewrap d.props v) d.value) (unwrap { inherit value; file = ""; props = null; });

  filterOverrides = defs: (filterOverrides' defs).values;
  inherit filterOverrides';

  sortProperties = defs:
    let
      strip = d: if d.value._type or null == "order" then d // { value = d.value.content; inherit (d.value) priority; } else d;
    in
    builtins.sort (a: b: a.priority or defaultOrderPriority < b.priority or defaultOrderPriority) (map strip defs);
}
