{ a.${null} = 1; b.c = 2; }
