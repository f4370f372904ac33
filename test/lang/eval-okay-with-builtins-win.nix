# Builtins are found before any `with`.
with { map = 1; toString = 2; notBuiltin = 3; }; [ (builtins.typeOf map) (builtins.typeOf toString) notBuiltin ]
