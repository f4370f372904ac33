let x = import ./imported.inc; in [ x (import ./imported.inc == x) (import ./dir)
  (scopedImport { scoped = 5; } ./scoped.inc) (import ./function.inc 4) ]
