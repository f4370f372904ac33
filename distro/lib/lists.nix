# Functions on lists.
{ lib }:

let
  inherit (builtins) elem elemAt filter genList head isList length lessThan sort tail;

  compareNatural = lib.compareLists lib.compare;

  inherit (lib.trivial) min;
in
rec {
  inherit (builtins)
    all
    any
    concatLists
    concatMap
    elem
    elemAt
    filter
    genList
    groupBy
    head
    isList
    length
    map
    partition
    sort
    tail
    ;

  /* The builtin, and strict in the first value as well. */
  foldl' = f: z: builtins.seq z (builtins.foldl' f z);

  singleton = x: [ x ];
  forEach = xs: f: map f xs;

  /* foldr f z [ a b ] == f a (f b z); lazy in the rest. */
  foldr =
    f: z: xs:
    let
      n = length xs;
      go = i: if i == n then z else f (elemAt xs i) (go (i + 1));
    in
    go 0;
  fold = foldr;

  /* foldl f z [ a b ] == f (f z a) b; lazy in the accumulator. */
  foldl =
    f: z: xs:
    let
      go = i: if i == 0 then z else f (go (i - 1)) (elemAt xs (i - 1));
    in
    go (length xs);

  imap0 = f: xs: genList (i: f i (elemAt xs i)) (length xs);
  imap1 = f: xs: genList (i: f (i + 1) (elemAt xs i)) (length xs);
  ifilter0 = f: xs: map (elemAt xs) (filter (i: f i (elemAt xs i)) (genList (i: i) (length xs)));

  flatten = x: if isList x then builtins.concatMap flatten x else [ x ];
  remove = e: filter (x: x != e);

  findSingle =
    p: none: multiple: xs:
    let
      found = filter p xs;
    in
    if found == [ ] then none else if length found > 1 then multiple else head found;

  findFirstIndex =
    p: default: xs:
    let
      # By halves, so that long lists need no deep recursion.
      search =
        from: to:
        let
          middle = (from + to) / 2;
          first = search from middle;
        in
        if to - from > 1 then
          (if first != null then first else search middle to)
        else if to > from && p (elemAt xs from) then
          from
        else
          null;
      found = search 0 (length xs);
    in
    if found == null then default else found;

  findFirst =
    p: default: xs:
    let
      i = findFirstIndex p null xs;
    in
    if i == null then default else elemAt xs i;

  count = p: builtins.foldl' (n: x: if p x then n + 1 else n) 0;

  optional = cond: x: if cond then [ x ] else [ ];
  optionals = cond: xs: if cond then xs else [ ];
  toList = x: if isList x then x else [ x ];

  range = first: last: if first > last then [ ] else genList (i: first + i) (last - first + 1);
  replicate = n: x: genList (_: x) n;

  groupBy' =
    op: nul: pred: xs: builtins.mapAttrs (_: builtins.foldl' op nul) (builtins.groupBy pred xs);

  zipListsWith =
    f: xs: ys: genList (i: f (elemAt xs i) (elemAt ys i)) (min (length xs) (length ys));
  zipLists = zipListsWith (fst: snd: { inherit fst snd; });

  reverseList =
    xs:
    let
      n = length xs;
    in
    genList (i: elemAt xs (n - i - 1)) n;

  /* Depth-first search: what comes before xs's first element, or the cycle that was met. */
  listDfs =
    stopOnCycles: before: xs:
    let
      visit =
        us: visited: rest:
        let
          parts = builtins.partition (x: before x us) visited;
          next = builtins.partition (x: before x us) rest;
        in
        if stopOnCycles && parts.right != [ ] then
          {
            cycle = us;
            loops = parts.right;
            inherit visited rest;
          }
        else if next.right == [ ] then
          {
            minimal = us;
            inherit visited rest;
          }
        else
          visit (head next.right) ([ us ] ++ visited) (tail next.right ++ next.wrong);
    in
    visit (head xs) [ ] (tail xs);

  /* { result } with every x before y where `before x y`, or { cycle, loops }. */
  toposort =
    before: xs:
    let
      found = listDfs true before xs;
      others = toposort before (found.visited ++ found.rest);
    in
    if length xs < 2 then
      { result = xs; }
    else if found ? cycle then
      {
        cycle = reverseList ([ found.cycle ] ++ found.visited);
        inherit (found) loops;
      }
    else if others ? cycle then
      others
    else
      { result = [ found.minimal ] ++ others.result; };

  sortOn = f: xs: map (x: elemAt x 1) (sort (a: b: head a < head b) (map (x: [ (f x) x ]) xs));

  compareLists =
    cmp: xs: ys:
    let
      n = length xs;
      m = length ys;
      go =
        i:
        if i == n then
          (if i == m then 0 else -1)
        else if i == m then
          1
        else
          let
            order = cmp (elemAt xs i) (elemAt ys i);
          in
          if order == 0 then go (i + 1) else order;
    in
    go 0;

  /* Sorts strings with the numbers in them by value: [ "f2" "f10" ]. */
  naturalSort =
    xs:
    let
      key =
        text:
        map (part: if isList part then lib.strings.toIntBase10 (head part) else part) (
          builtins.split "(0|[1-9][0-9]*)" text
        );
    in
    map (x: elemAt x 1) (
      sort (a: b: compareNatural (head a) (head b) < 0) (map (x: [ (key x) x ]) xs)
    );

  take = n: sublist 0 n;
  takeEnd = n: xs: drop (length xs - n) xs;
  drop = n: xs: sublist n (length xs) xs;
  dropEnd = n: xs: take (length xs - n) xs;

  hasPrefix = xs: ys: take (length xs) ys == xs;
  removePrefix =
    xs: ys:
    if hasPrefix xs ys then
      drop (length xs) ys
    else
      throw "lib.lists.removePrefix: First argument is not a list prefix of the second argument";

  commonPrefixLength =
    xs: ys:
    let
      differs = zipListsWith (x: y: x != y) xs ys;
    in
    findFirstIndex (d: d) (length differs) differs;
  commonPrefix = xs: ys: take (commonPrefixLength xs ys) xs;

  sublist =
    start: count: xs:
    let
      n = length xs;
      from = if start < 0 then 0 else start;
      m = if from >= n then 0 else if from + count > n then n - from else count;
    in
    genList (i: elemAt xs (from + i)) (if m < 0 then 0 else m);

  last =
    xs:
    assert lib.assertMsg (xs != [ ]) "lists.last: list must not be empty!";
    elemAt xs (length xs - 1);
  init =
    xs:
    assert lib.assertMsg (xs != [ ]) "lists.init: list must not be empty!";
    take (length xs - 1) xs;

  crossLists = f: builtins.foldl' (fs: xs: builtins.concatMap (g: map g xs) fs) [ f ];

  /* Keeps the first of equal elements. Quadratic; strings have uniqueStrings. */
  unique =
    xs:
    if builtins.all builtins.isString xs && length xs > 8 then
      uniqueInOrder xs
    else
      builtins.foldl' (acc: x: if elem x acc then acc else acc ++ [ x ]) [ ] xs;

  /* The distinct strings, sorted. */
  uniqueStrings = xs: builtins.attrNames (builtins.groupBy (x: x) xs);

  allUnique = xs: length (unique xs) == length xs;

  intersectLists = e: filter (x: elem x e);
  subtractLists = e: filter (x: !(elem x e));
  mutuallyExclusive = a: b: length a == 0 || !(builtins.any (x: elem x a) b);

  concatAttrValues = set: builtins.concatLists (builtins.attrValues set);

  replaceElemAt =
    xs: index: x:
    assert lib.assertMsg
      (index >= 0 && index < length xs)
      "'lists.replaceElemAt' called with index ${toString index} on a list of size ${toString (length xs)}";
    genList (i: if i == index then x else elemAt xs i) (length xs);

  # First occurrences by way of a set of names; the strings' context stays on the elements that are kept.
  uniqueInOrder =
    xs:
    let
      firstIndex = builtins.listToAttrs (
        imap0 (i: x: {
          name = builtins.unsafeDiscardStringContext x;
          value = i;
        }) xs
      );
    in
    ifilter0 (i: x: firstIndex.${builtins.unsafeDiscardStringContext x} == i) xs;
}
