let f = { __functor = self: { __functor = inner: x: [ self.n inner.m x ]; m = 2; }; n = 1; }; in f 3
