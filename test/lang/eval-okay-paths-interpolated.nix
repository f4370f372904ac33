let x = "foo"; in map (p: baseNameOf p) [ ./${x} ./a${x}b.nix ./${x}/${x}.nix ./a/${x}-${x} /${x}/${x} /a/b${x}/../c ]
  ++ [ /a/${x} (builtins.typeOf ./${x}) ]
