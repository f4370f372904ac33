[ (builtins.attrValues { z = 1; a = 2; "A" = 3; "10" = 4; "9" = 5; }) (builtins.attrNames { "é" = 1; z = 2; "" = 3; }) ]
