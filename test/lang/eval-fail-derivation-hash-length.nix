(derivation { name = "f"; system = "s"; builder = "b"; outputHash = "d41d8cd98f00b204e9800998ecf8427e"; outputHashAlgo = "sha1"; }).drvPath
