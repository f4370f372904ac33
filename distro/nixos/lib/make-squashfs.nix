# A squashfs of store paths with all that they refer to, in its root. The arguments are those of nixpkgs' function.
{
  pkgs,
  lib,
  fileName ? "squashfs",
  # Paths whose closures are in the file system.
  storeContents ? [ ],
  # Lines of mksquashfs -p, such as "/dev d 0755 0 0". None runs a command.
  pseudoFiles ? [ ],
  # The paths are in /nix/store, not in the root.
  noStrip ? false,
  # The compressor with its options, as mksquashfs has them; null packs nothing.
  comp ? "zstd -Xcompression-level 3",
  # Bytes of a block, a power of two.
  blockSize ? 1048576,
  # Without effect: nixpkgs' programs, none of which runs.
  stdenv ? null,
  squashfsTools ? null,
  closureInfo ? null,
}:

let
  words = lib.splitString " " comp;
  # Packed by no library that is the same on each machine. Linux reads one like the other.
  replaced = {
    xz = "zstd -Xcompression-level 15";
    lzma = "zstd -Xcompression-level 15";
    lzo = "zstd -Xcompression-level 1";
    lz4 = "zstd -Xcompression-level 1";
  };
  other = replaced.${builtins.head words} or null;
in
pkgs.builtinDerivation "squashfs" {
  name = "${fileName}.img";
  storeContents = map (path: "${path}") storeContents;
  inherit pseudoFiles noStrip blockSize;
  comp =
    if comp == null || other == null then
      comp
    else
      lib.warn
        "make-squashfs: comp = \"${comp}\" is written as \"${other}\", which Linux reads as well. Set `comp' to that, or to gzip."
        other;
}
