let inc = x: x + 1; in [ (1 |> inc) (1 |> inc |> inc) (inc <| 1) (inc <| inc <| 1) ([ 1 2 ] |> map inc |> builtins.length)
  (1 + 1 |> inc) ((x: x |> inc) 5) ]
