# nixpkgs' function builds in a virtual machine, for which this small nixpkgs has no programs.
{ name ? "nixos-disk-image", ... }:
derivation {
  inherit name;
  system = "x86_64-linux";
  builder = "/no-virtual-machine-in-this-small-nixpkgs";
}
