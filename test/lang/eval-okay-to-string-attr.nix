let
  s = { __toString = self: "<${self.n}>"; n = "x"; };
  d = { outPath = "/out"; };
  e = { outPath = { outPath = "/deep"; }; };
  b = { outPath = "/no"; __toString = _: "yes"; };
in [ "${s}" "${d}" "${e}" "${b}" (toString s) (d + "/bin") (toString [ s d 1 [ 2 [ ] 3 ] [ ] null true false ]) "${d}/x" ("a" + d) ]
