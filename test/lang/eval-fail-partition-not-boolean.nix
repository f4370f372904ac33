(builtins.partition (x: 1) [ 1 ]).right
