map (mode: (derivation { name = "d"; system = "s"; builder = "b";
      outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; outputHashMode = mode; }).outPath) [ "flat" "recursive" "nar" ]
