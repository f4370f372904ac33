let fs = map (i: j: k: i * 100 + j * 10 + k) [ 1 2 3 ]; in map (f: f 4 5) fs
