{
  description = "A machine, and images of it under every partition table";

  inputs.nixpkgs.url = "path:./nixpkgs";

  outputs = { self, nixpkgs }: {
    nixosConfigurations = nixpkgs.lib.genAttrs [ "hybrid" "legacy" "legacy+boot" "legacy+gpt" "efi" "efixbootldr" "none" "touch" ] (table:
      nixpkgs.lib.nixosSystem { modules = [ ./configuration.nix ./image.nix { _module.args = { inherit table; }; } ]; });
  };
}
