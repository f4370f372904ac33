builtins.addErrorContext "while doing my thing" (throw "x")
