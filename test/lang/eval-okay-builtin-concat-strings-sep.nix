[ (builtins.concatStringsSep ", " [ "a" "b" ]) (builtins.concatStringsSep "x" [ ])
  (builtins.concatStringsSep "" [ { outPath = "/o"; } { __toString = _: "t"; } ]) ]
