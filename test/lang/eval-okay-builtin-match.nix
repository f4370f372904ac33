[ (builtins.match "a(b)?(c)" "ac") (builtins.match "a" "ab") (builtins.match "([[:digit:]]+)\\.([0-9]+)" "10.25")
  (builtins.match "(a|ab)(c|bcd)(d*)" "abcd") (builtins.match "[^a-c]+" "xyz") (builtins.match "" "") (builtins.match ".*(x*)" "axx") ]
