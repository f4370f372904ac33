builtins.groupBy (x: if x > 2 then "large" else "small") [ 1 5 2 3 ]
