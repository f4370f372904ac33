let f = { a ? null }: if a == null then "none" else a; in [ (f { }) (f { a = "x"; }) (f { a = null; }) ]
