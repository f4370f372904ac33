let unused = x: nowhere; in 1
