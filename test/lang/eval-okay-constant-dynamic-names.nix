let ${"a"} = 1; in { inherit ${"a"}; b = { x.${"y"} = 1; x."y2" = 2; }; }
