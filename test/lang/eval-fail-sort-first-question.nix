builtins.sort (a: b: throw "is ${toString a} before ${toString b}") (builtins.genList (i: i) 40)
