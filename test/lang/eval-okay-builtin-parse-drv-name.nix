map builtins.parseDrvName [ "nix-2.34.8" "a-b-c" "x-1" "-1" "foo-bar1.2-3" "" "a--2" ]
