# `rec` of the first set covers what is merged into it.
{ a = rec { x = 1; y = x; }; a.z = 3; b = rec { x = 1; }; b.y = 2; }
