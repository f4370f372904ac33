# A system whose parts Debian gives, with the options of boot loaders that NixOS has.
debian:
{ modules, system ? "x86_64-linux", specialArgs ? { } }:

debian.lib.nixosSystem {
  inherit system;
  specialArgs = { modulesPath = toString ../modules; } // specialArgs;
  modules = [
    ../modules/boot-loader.nix
    {
      disabledModules = map (name: "${debian}/nixos/modules/system/boot/loader/${name}.nix") [ "grub" "loader" "systemd-boot" ];
      nixpkgs.overlays = [
        (final: prev: {
          path = ../..;
          grub2 = final.debianPackages.grub-pc-bin.deb;
          systemd = final.debianPackages.systemd-boot-efi.deb;
          grub2_efi = final.debianPackages.grub-efi-amd64-bin.deb;
        })
      ];
    }
  ] ++ modules;
}
