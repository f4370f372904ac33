# Larger than what small sets are made of, in several layers.
let
  names = builtins.genList (i: "n${toString i}") 200;
  big = builtins.listToAttrs (map (name: { inherit name; value = 1; }) names);
  step = set: i: set // { "n${toString i}" = set."n${toString i}" + i; "extra${toString i}" = i; };
  end = builtins.foldl' step big (builtins.genList (i: i) 30);
in [
  (builtins.length (builtins.attrNames end))
  (builtins.head (builtins.attrNames end))
  end.n0 end.n7 end.n199 end.extra29
  (end ? extra30) (end ? n29)
  (builtins.foldl' builtins.add 0 (builtins.attrValues end))
]
