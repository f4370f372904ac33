{
  description = "As small as a nixpkgs can be: its folders and NixOS' options of boot loaders, over packages of Debian";

  inputs.debian.url = "debian/trixie";

  outputs = { self, debian }: {
    lib = debian.lib // { nixosSystem = import ./nixos/lib/eval-config.nix debian; };
  };
}
