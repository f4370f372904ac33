# The root of a container as an archive.
{
  config,
  lib,
  pkgs,
}:
{
  # "gzip", "zstd" or "none".
  compression,
  # Where the root is in the archive.
  folder ? "",
  # Files beside the root, and in it: { source, target }.
  beside ? [ ],
  inside ? [ ],
}:

pkgs.builtinDerivation "tarball" (import ./container-root.nix { inherit config; } // {
  name = "tarball";
  fileName = "tarball/${config.image.fileName}";
  inherit beside compression folder;
  contents = map (f: f // { source = "${f.source}"; }) inside;
})
