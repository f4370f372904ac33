let h = "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73"; in
  map (toHashFormat: builtins.convertHash { hash = h; inherit toHashFormat; }) [ "base16" "nix32" "base32" "base64" "sri" ]
