# The whole argument has no defaults in it.
({ a ? 1, b ? a }@args: [ a b (args ? a) (args.b or "none") ]) { b = 5; }
