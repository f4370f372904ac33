({ a ? b + 1, b ? 1, c ? { inherit a b; } }: c) { }
