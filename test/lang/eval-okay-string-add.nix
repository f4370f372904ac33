[ ("a" + "b") ("a" + "b" + "c") (1 + 2.5) (1.5 + 1) ({ outPath = "o"; } + "x") ({ __toString = _: "t"; } + "x") ("x" + { outPath = "o"; }) ]
