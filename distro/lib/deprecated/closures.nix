# Lists without what stands in them twice, and what follows from their elements.
{ lib }:

let
  inherit (builtins) any elem filter foldl' genericClosure head isAttrs map tail;

  propagated = x: x.propagatedBuildInputs or [ ] ++ x.propagatedNativeBuildInputs or [ ];
in
rec {
  /* acc: what counts as met already. */
  uniqList =
    {
      inputList,
      acc ? [ ],
    }:
    (foldl'
      (
        found: x:
        if elem x found.met then
          found
        else
          {
            met = [ x ] ++ found.met;
            list = found.list ++ [ x ];
          }
      )
      {
        met = acc;
        list = [ ];
      }
      inputList
    ).list;

  uniqListExt =
    {
      inputList,
      outputList ? [ ],
      getter ? (x: x),
      compare ? (x: y: x == y),
    }:
    foldl' (
      list: x: if any (y: compare (getter y) (getter x)) list then list else list ++ [ x ]
    ) outputList inputList;

  /* genericClosure with keys of any kind; the last found comes first. */
  lazyGenericClosure =
    { startSet, operator }:
    let
      work =
        todo: keys: found:
        let
          x = head todo;
        in
        if todo == [ ] then
          found
        else if elem x.key keys then
          work (tail todo) keys found
        else
          work (tail todo ++ operator x) ([ x.key ] ++ keys) ([ x ] ++ found);
    in
    work startSet [ ] [ ];

  innerClosePropagation =
    found: todo:
    let
      x = head todo;
      now = [ x ] ++ found;
    in
    if todo == [ ] then
      found
    else if !isAttrs x then
      innerClosePropagation found (tail todo)
    else
      innerClosePropagation now (
        uniqList {
          inputList = propagated x ++ tail todo;
          acc = now;
        }
      );
  closePropagationSlow = list: uniqList { inputList = innerClosePropagation [ ] list; };

  /* Packages with all that they propagate. */
  closePropagation = closePropagationFast;
  closePropagationFast =
    list:
    let
      entries =
        xs:
        map (x: {
          key = x.outPath;
          inherit x;
        }) (filter (x: x != null) xs);
    in
    map (entry: entry.x) (
      genericClosure {
        startSet = entries list;
        operator = entry: if isAttrs entry.x then entries (propagated entry.x) else [ ];
      }
    );
}
