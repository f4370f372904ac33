# An EROFS of store paths with all that they refer to, in its root: not packed, so that files are read as they are.
{
  pkgs,
  lib,
  fileName ? "erofs",
  # Paths whose closures are in the file system.
  storeContents ? [ ],
  # Lines of mksquashfs -p, such as "/dev d 0755 0 0". None runs a command.
  pseudoFiles ? [ ],
  # The paths are in /nix/store, not in the root.
  noStrip ? false,
  label ? "",
}:

pkgs.builtinDerivation "erofs" {
  name = "${fileName}.img";
  storeContents = map (path: "${path}") storeContents;
  inherit pseudoFiles noStrip label;
}
