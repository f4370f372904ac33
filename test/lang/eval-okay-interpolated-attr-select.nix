let s = { ab = 1; "a b" = 2; }; x = "b"; in [ s."a${x}" s."a ${x}" (s ? "a${x}") (s."q${x}" or 3) (s.${"a" + x}) ]
