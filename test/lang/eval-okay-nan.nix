let nan = inf - inf; inf = 1.0e308 * 10; in [ (nan == nan) (nan < 1) (nan > 1) (nan <= 1) (nan >= 1) inf (-inf) (inf == inf) ]
