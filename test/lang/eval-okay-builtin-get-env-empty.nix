builtins.getEnv "NO_SUCH_VARIABLE_HERE"
