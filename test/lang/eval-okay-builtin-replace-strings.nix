[ (builtins.replaceStrings [ "a" "b" ] [ "b" "a" ] "abc") (builtins.replaceStrings [ "" ] [ "-" ] "abc")
  (builtins.replaceStrings [ "ab" "a" ] [ "1" "2" ] "aab") (builtins.replaceStrings [ ] [ ] "x")
  (builtins.replaceStrings [ "x" ] [ (throw "not needed") ] "abc") ]
