let f = all@{ a, ... }: all.b + a; g = { a, ... }@all: all.b - a; in [ (f { a = 1; b = 2; }) (g { a = 1; b = 2; }) ]
