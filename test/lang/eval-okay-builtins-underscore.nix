[ (__add 1 2) (__length [ 1 ]) (__typeOf 1) (__elemAt [ 5 ] 0) (builtins ? __add) (builtins ? add) (__concatLists [ [ 1 ] [ 2 ] ]) ]
