[ (if true then 1 else throw "no") (if 1 == 2 then throw "no" else if true then 2 else 3) ]
