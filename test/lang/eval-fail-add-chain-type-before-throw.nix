(builtins.tryEval ("a" + 1 + throw "b")).success
