let inf = 1.0e308 * 10; nan = inf - inf; in [ ([ nan ] == [ nan ]) ({ a = nan; } == { a = nan; }) ([ (inf - inf) ] == [ nan ]) ]
