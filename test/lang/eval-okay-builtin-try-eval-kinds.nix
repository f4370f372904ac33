map (v: builtins.tryEval v) [ 1 (throw "t") (assert false; 1) <no-such-thing> ]
