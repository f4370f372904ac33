(derivation {
  name = builtins.concatStringsSep "" (builtins.genList (_: "n") 205);
  outputs = [ "out" "abcdefgh" ];
  system = "x";
  builder = "/b";
}).abcdefgh
