map (f: f 2) [ (x: x + 1) (builtins.add 3) ({ __functor = _: x: x * 10; }) ]
