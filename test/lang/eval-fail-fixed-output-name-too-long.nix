(derivation {
  name = builtins.concatStringsSep "" (builtins.genList (_: "n") 209);
  outputHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  system = "x";
  builder = "/b";
}).outPath
