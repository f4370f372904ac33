# Takes the place of nixpkgs' functions that put a system onto ZFS, and says so when an image is asked for.
{ file, ... }:
{
  name ? "nixos-disk-image",
  ...
}:

throw (
  "${baseNameOf file}: the image \"${name}\" has its root on ZFS, which is not written here. Take a root on ext4, as of "
  + "make-disk-image.nix. Or build it as nixpkgs does, with --image-builder nixpkgs."
)
