let
  s = builtins.mapAttrs double { a = "b"; b = "a"; };
  double = name: other: s.${other} + 1;
in s.a
