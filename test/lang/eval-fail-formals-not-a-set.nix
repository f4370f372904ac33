let f = { a }: a; in f 5
