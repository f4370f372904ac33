builtins.div "" (-0.0)
