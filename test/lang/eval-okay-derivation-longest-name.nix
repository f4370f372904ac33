map (length: (derivation {
  name = builtins.concatStringsSep "" (builtins.genList (_: "n") length);
  system = "x";
  builder = "/b";
}).outPath) [ 199 200 206 207 ]
