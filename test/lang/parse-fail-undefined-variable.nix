let foo = 1; in { a = fo; }
