let a = 1; in (b: let c = 3; in (d: { e, f ? 6 }: let g = 7; h = 8; i = 9; in with { j = 10; };
    (k: [ a b c d e f g h i j k ]) 11) 4 { e = 5; }) 2
