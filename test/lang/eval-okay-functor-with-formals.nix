let f = { __functor = self: { a, b ? self.d }: a + b; d = 10; }; in [ (f { a = 1; }) (f { a = 1; b = 2; }) ]
