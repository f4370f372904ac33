map (p: builtins.compareVersions (builtins.elemAt p 0) (builtins.elemAt p 1))
  [ [ "1.0" "1.0" ] [ "1.0" "1.0.1" ] [ "1.0pre" "1.0" ] [ "1.10" "1.9" ] [ "a" "1" ] [ "1.0-1" "1.0.1" ] [ "2.3a" "2.3" ] [ "" "1" ] ]
