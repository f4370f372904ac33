builtins.toXML { a = 1; b = 1.5; c = "<&\"'>\n"; d = [ true null ]; e = /p; f = { x, y ? 1, ... }@z: 1; g = x: x; h = { };
  i = builtins.add; j = derivation { name = "d"; system = "s"; builder = "b"; }; }
