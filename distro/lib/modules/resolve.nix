# How properties are taken off definitions, in two steps that must not look at more than they need:
#
# `unwrap` takes a set of definitions apart for its attributes. It looks at the outline of everything, also behind a
# condition that doesn't hold: the names that a module defines may not depend on conditions.
#
# `resolve` finds the definitions of one option that count. What stands behind a condition that doesn't hold, or loses by its
# priority, is not evaluated, so modules may say `mkIf config.x.enable (... config.x.package ...)` and `mkDefault (throw "...")`.
#
# A definition is { file, value, from, props }. `props` are the properties that stood around a set that the value was taken
# from, outermost first: null or { kind, arg, next, at }. They are carried beside the value while its set is taken apart level by
# level, so that nothing is wrapped anew for each attribute. `from` is the set that the value stands in (for its position).
{ lib }:

let
  inherit (builtins) all any concatMap filter foldl' head isBool length map mapAttrs sort;
  inherit (lib.modules.properties)
    defaultOrderPriority
    defaultOverridePriority
    mkIf
    mkOrder
    mkOverride
    ;

  weakest = 9999;

  append =
    chain: property:
    if chain == null then property else chain // { next = append chain.next property; };

  unwrap =
    def:
    let
      v = def.value;
    in
    if !(v ? _type) then
      [ def ]
    else if v._type == "merge" then
      concatMap (content: unwrap (def // { value = content; })) v.contents
    else if v._type == "if" then
      unwrap (def // {
        value = v.content;
        props = append def.props {
          kind = "if";
          arg = v.condition;
          at = def;
          next = null;
        };
      })
    else if v._type == "override" || v._type == "order" then
      unwrap (def // {
        value = v.content;
        props = append def.props {
          kind = v._type;
          arg = v.priority;
          next = null;
        };
      })
    else if v._type == "definition" then
      unwrap (def // {
        inherit (v) file value;
        from = null;
      })
    else
      [ def ];

  # Puts carried properties back around the value.
  rewrap =
    props: value:
    if props == null then
      value
    else
      let
        content = rewrap props.next value;
      in
      if props.kind == "if" then
        mkIf props.arg content
      else if props.kind == "override" then
        mkOverride props.arg content
      else
        mkOrder props.arg content;

  holds =
    def: condition:
    if isBool condition then
      condition
    else
      throw
        "`mkIf' called with a condition of type `${
          builtins.typeOf condition
        }' instead of a Boolean, in `${lib.modules.errors.showPlace (def // { value = null; })}'";

  # Conditions are looked at before the value that they stand around.
  isPlain = def: def.props or null == null && !(def.value ? _type);

  # A definition to those that are left of it when conditions and merges are taken off, up to the next priority or order: that may
  # lose, so its content is not looked at.
  discharge =
    def:
    let
      props = def.props or null;
      v = def.value;
    in
    if props != null then
      if props.kind != "if" then
        [ def ]
      else if holds props.at props.arg then
        discharge (def // { props = props.next; })
      else
        [ ]
    else if !(v ? _type) then
      [ def ]
    else if v._type == "if" then
      (if holds def v.condition then discharge (def // { value = v.content; }) else [ ])
    else if v._type == "merge" then
      concatMap (content: discharge (def // { value = content; })) v.contents
    else if v._type == "definition" then
      discharge (def // {
        inherit (v) file value;
        from = null;
      })
    else
      [ def ];

  # An entry is a definition with what is known of its place among the others: { def, override, order, open }; override and order
  # are null where nothing said so, and `open` while there may be more properties in its value. Of nested ones the outermost counts.
  weigh =
    override: order: def:
    let
      props = def.props or null;
      v = def.value;
      of = kind: arg: inner: {
        def = inner;
        open = true;
        override = if kind == "override" && override == null then arg else override;
        order = if kind == "order" && order == null then arg else order;
      };
    in
    if props != null then
      of props.kind props.arg (def // { props = props.next; })
    else if v ? _type && (v._type == "override" || v._type == "order") then
      of v._type v.priority (def // { value = v.content; })
    else
      {
        inherit def override order;
        open = false;
      };

  peel = entry: map (weigh entry.override entry.order) (discharge entry.def);

  priority = entry: if entry.override == null then defaultOverridePriority else entry.override;
  position = entry: if entry.order == null then defaultOrderPriority else entry.order;
  best = foldl' (
    least: entry:
    let
      p = priority entry;
    in
    if p < least then p else least
  ) weakest;

  # The strongest entries, opened until none of them can turn out to be weaker, or nothing.
  settle =
    entries:
    if length entries == 1 then
      (if (head entries).open then settle (peel (head entries)) else entries)
    else
      let
        highestPrio = best entries;
        strongest = filter (entry: priority entry == highestPrio) entries;
      in
      if any (entry: entry.open) strongest then
        settle (
          concatMap (
            entry: if entry.open && priority entry == highestPrio then peel entry else [ entry ]
          ) entries
        )
      else
        strongest;

  counted = defs: {
    values = defs;
    highestPrio = if defs == [ ] then weakest else defaultOverridePriority;
  };

  /* Definitions to those that count, in the wanted order: { values, highestPrio }. `values` are definitions without properties;
     `highestPrio` is known without their contents. */
  resolve =
    defs:
    if all isPlain defs then
      counted defs
    else
      let
        left = concatMap discharge defs;
        entries = map (weigh null null) left;
        strongest = settle entries;
        ordered =
          if any (entry: entry.order != null) strongest then
            sort (a: b: position a < position b) strongest
          else
            strongest;
      in
      if all isPlain left then
        counted left
      else
        {
          highestPrio = best entries;
          values = map (entry: entry.def) ordered;
        };

  # The steps by themselves, as nixpkgs has them, on values and on { file, value } lists.
  strip =
    kind: def:
    if def.value._type or null == kind then def // { value = def.value.content; } else def;
in
rec {
  inherit unwrap rewrap resolve isPlain;

  dischargeProperties =
    value:
    let
      kind = value._type or null;
    in
    if kind == "merge" then
      concatMap dischargeProperties value.contents
    else if kind == "if" then
      (
        if holds { file = lib.options.unknownModule; } value.condition then
          dischargeProperties value.content
        else
          [ ]
      )
    else
      [ value ];

  pushDownProperties =
    value:
    map
      (
        def:
        if builtins.isAttrs def.value then mapAttrs (_: rewrap def.props) def.value else def.value
      )
      (unwrap {
        inherit value;
        file = lib.options.unknownModule;
        from = null;
        props = null;
      });

  filterOverrides' =
    defs:
    let
      given =
        def:
        if def.value._type or null == "override" then
          def.value.priority
        else
          defaultOverridePriority;
      highestPrio =
        if length defs == 1 then
          given (head defs)
        else
          foldl' (least: def: lib.min least (given def)) weakest defs;
    in
    {
      inherit highestPrio;
      values = map (strip "override") (filter (def: given def == highestPrio) defs);
    };

  filterOverrides = defs: (filterOverrides' defs).values;

  sortProperties =
    defs:
    let
      given =
        def:
        if def.value._type or null == "order" then def.value.priority else defaultOrderPriority;
    in
    map (strip "order") (sort (a: b: given a < given b) defs);
}
