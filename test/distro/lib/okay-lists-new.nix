{ lib ? import ../../../distro/lib }:
with lib;
{
  findFirstIndex = [ (lists.findFirstIndex (x: x > 3) 0 [ 0 6 4 ]) (lists.findFirstIndex (x: x > 9) null [ 0 6 4 ]) ];
  ifilter0 = ifilter0 (i: v: i == 0 || v > 2) [ 1 2 3 ];
  replicate = replicate 3 "a";
  sortOn = sortOn stringLength [ "aa" "b" "cccc" "dd" ];
  prefixes = [ (lists.hasPrefix [ 1 2 ] [ 1 2 3 4 ]) (lists.hasPrefix [ 0 1 ] [ 1 2 ])
    (lists.removePrefix [ 1 2 ] [ 1 2 3 4 ]) (lists.commonPrefix [ 1 2 3 ] [ 1 2 4 ]) ];
  allUnique = [ (allUnique [ 3 2 3 ]) (allUnique [ 3 2 4 1 ]) ];
  takeEnd = [ (takeEnd 2 [ 1 2 3 ]) (dropEnd 1 [ 1 2 3 ]) ];
  uniqueStrings = uniqueStrings [ "c" "a" "c" ];
  replaceElemAt = replaceElemAt [ 1 2 3 ] 1 "a";
  concatAttrValues = concatAttrValues { b = [ 2 ]; a = [ 1 ]; };
}
