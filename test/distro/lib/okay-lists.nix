{ lib ? import ../../../distro/lib }:
with lib;
{
  folds = [ (foldr (a: b: "${a}(${b})") "z" [ "a" "b" ]) (foldl (a: b: "(${a})${b}") "z" [ "a" "b" ])
    (fold (a: b: a + b) 0 [ 1 2 3 ]) (foldl' (a: b: a - b) 0 [ 1 2 ]) ];
  lazyFold = foldr (x: rest: if x == 1 then "found" else rest) (throw "not reached") [ 0 1 (throw "nor this") ];
  imap = [ (imap0 (i: v: "${v}-${toString i}") [ "a" "b" ]) (imap1 (i: v: "${v}-${toString i}") [ "a" "b" ]) ];
  flatten = flatten [ 1 [ 2 [ 3 ] 4 ] 5 ];
  remove = remove 3 [ 1 3 4 3 ];
  findSingle = [ (findSingle (x: x == 3) "none" "multiple" [ 1 3 3 ]) (findSingle (x: x == 3) "none" "multiple" [ 1 3 ])
    (findSingle (x: x == 3) "none" "multiple" [ 1 ]) ];
  findFirst = [ (findFirst (x: x > 3) 7 [ 1 6 4 ]) (findFirst (x: x > 9) 7 [ 1 6 4 ]) ];
  count = count (x: x == 3) [ 3 2 3 4 6 ];
  optional = [ (optional true "a") (optional false "a") (optionals true [ 2 3 ]) (optionals false [ 2 3 ]) ];
  toList = [ (toList [ 1 2 ]) (toList "hi") ];
  range = [ (range 2 4) (range 3 2) ];
  partition = partition (x: x > 2) [ 5 1 2 3 4 ];
  groupBy = groupBy (x: boolToString (x > 2)) [ 5 1 2 3 4 ];
  groupBy' = groupBy' builtins.add 0 (x: boolToString (x > 2)) [ 5 1 2 3 4 ];
  zip = [ (zipListsWith (a: b: a + b) [ "h" "l" ] [ "e" "o" "x" ]) (zipLists [ 1 2 ] [ "a" ]) ];
  reverse = reverseList [ "b" "o" "j" ];
  listDfs = listDfs true hasPrefix [ "/home/user" "other" "/" "/home" ];
  toposort = [
    (toposort hasPrefix [ "/home/user" "other" "/" "/home" ])
    (toposort hasPrefix [ "/home/user" "other" "/" "/home" "/" ])
    (toposort (a: b: a < b) [ 3 2 1 ])
  ];
  sort = [ (sort (a: b: a < b) [ 5 3 7 ]) (sort lessThan [ ]) ];
  compareLists = [ (compareLists compare [ ] [ ]) (compareLists compare [ ] [ "a" ]) (compareLists compare [ "a" "b" ] [ "a" "c" ]) ];
  naturalSort = [ (naturalSort [ "disk11" "disk8" "disk100" "disk9" ])
    (naturalSort [ "10.46.133.149" "10.5.16.62" "10.54.16.25" ]) (naturalSort [ "v0.2" "v0.15" "v0.0.9" ]) ];
  take = [ (take 2 [ "a" "b" "c" "d" ]) (take 2 [ ]) (drop 2 [ "a" "b" "c" "d" ]) (drop 2 [ ])
    (sublist 1 3 [ "a" "b" "c" "d" "e" ]) (sublist 1 3 [ ]) ];
  ends = [ (last [ 1 2 3 ]) (init [ 1 2 3 ]) ];
  unique = unique [ 3 2 3 4 ];
  uniqueStrings' = unique [ "i" "h" "a" "b" "a" "c" "d" "e" "f" "i" ];
  sets = [ (intersectLists [ 1 2 3 ] [ 6 3 2 ]) (subtractLists [ 3 2 ] [ 1 2 3 4 5 3 ]) (mutuallyExclusive [ 1 2 ] [ 3 ])
    (mutuallyExclusive [ 1 2 ] [ 2 ]) ];
  crossLists = crossLists (x: y: "${toString x}${toString y}") [ [ 1 2 ] [ 3 4 ] ];
}
