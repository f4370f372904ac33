let
  a = { x = 1; y.z = 2; };
  b = { y.w = 3; v = 4; };
in [ (a // b) (b // a) ({ } // a) (a // { }) (a // a) (rec { x = 1; y = x; } // { x = 5; }) ]
