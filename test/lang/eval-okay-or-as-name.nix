let s = { or = 1; a.or = 2; }; or' = 3; in [ s.or s.a.or (s ? or) or' ]
