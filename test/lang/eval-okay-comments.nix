# a line
[ 1 /* a block */ 2 /* with * and ** and / and
  lines */ 3 # to the end
  /**/ 4 /***/ /* # */ 5 ]
