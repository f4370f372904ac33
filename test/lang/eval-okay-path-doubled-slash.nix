# A doubled slash ends the first part of a path; one more part may follow it, if an interpolation comes next.
[ /a//b${"c"} /a//${"x"} /a/b//${"c"} /a/${"b"}//c///d ]
