# A hash in base 64 ends at its first `=`, whatever follows; newlines in it do not count.
map (hash: builtins.convertHash { inherit hash; toHashFormat = "base16"; }) [
  "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=more" "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMp\nJWZG3hSuFU"
]
