# Stands for nixpkgs' function, which needs a virtual machine: nothing but its name is looked at.
{ name ? "nixos-disk-image", ... }: derivation { inherit name; system = "x86_64-linux"; builder = "/machine-in-a-machine"; }
