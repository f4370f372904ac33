throw "the value is ${toString [ 1 2 ]}"
