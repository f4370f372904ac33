(derivation {
  name = builtins.concatStringsSep "" (builtins.genList (_: "n") 208);
  system = "x";
  builder = "/b";
}).drvPath
