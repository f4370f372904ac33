[
  (true && false) (true || throw "no") (false && throw "no") (false -> throw "no") (true -> false)
  (!true) (!true || true) (!(true && false)) (!(1 == 2)) (false || false -> false)
]
