map builtins.splitVersion [ "1.2.3" "1.2pre4" "" "a-b.c" "2..3" "10a20" ]
