(args@{ a, b ? args.a + 1 }: [ a b ]) { a = 1; }
