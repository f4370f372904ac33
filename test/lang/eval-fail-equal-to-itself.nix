let s = { a = throw "evaluated"; }; in s == s
