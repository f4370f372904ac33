let s = "é"; in s.x
