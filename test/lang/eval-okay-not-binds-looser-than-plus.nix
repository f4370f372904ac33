let f = x: x; in [ (! f true && false) (! { a = true; }.a) (! { } ? a) ]
