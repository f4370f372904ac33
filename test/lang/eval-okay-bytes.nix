[ "é" (builtins.stringLength "é") (builtins.substring 0 1 "aé") "日本" { "ü" = 1; } ]
