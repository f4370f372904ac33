{
  description = "A small machine for every kind of host";

  inputs.nixpkgs.url = "debian/trixie";

  outputs =
    { self, nixpkgs }:
    let
      machine = {
        system.stateVersion = "25.11";
        users.users.root.password = "";
        boot.loader.timeout = nixpkgs.lib.mkForce 0;
        # Without KVM each of these costs seconds. What clouds say is the matter of another test.
        networking.firewall.enable = false;
        services.cloud-init.enable = false;
        # The screen alone is their console.
        image.modules = nixpkgs.lib.genAttrs [ "kexec" "uki" ] (_: { boot.kernelParams = [ "console=ttyS0" ]; });
        services.resolved.enable = false;
        services.timesyncd.enable = false;
      };
      system =
        module:
        nixpkgs.lib.nixosSystem {
          system = "x86_64-linux";
          modules = [ machine module ];
        };
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
    in
    {
      nixosConfigurations.vm = system { };
      # With the other firmware, where a variant has two.
      nixosConfigurations.other = system {
        image.modules = {
          amazon.ec2.efi = true;
          azure.virtualisation.azureImage.vmGeneration = "v2";
          google-compute.virtualisation.googleComputeImage.efi = true;
          oci.oci.efi = false;
          openstack.openstack.efi = true;
          proxmox.proxmox.qemuConf.bios = "ovmf";
        };
      };

      # The GRUB of a host, which qemu starts as a kernel: it reads the menu of a disk without a boot sector.
      packages.x86_64-linux.linode-grub =
        pkgs.runCommand "linode-grub" { nativeBuildInputs = [ pkgs.debianPackages.grub-common ]; } ''
          files=${pkgs.debianPackages.grub-pc-bin}/usr/lib/grub/i386-pc
          printf '%s\n' 'search --no-floppy --set=root --label nixos' 'configfile /boot/grub/grub.cfg' > early.cfg
          grub-mkimage -d "$files" -O i386-pc -p /boot/grub -c early.cfg -o core.img \
            biosdisk configfile echo ext2 linux linux16 normal search search_label serial terminal test
          cat "$files/lnxboot.img" core.img > "$out"
        '';

      checks.x86_64-linux.containers = pkgs.testers.runNixOSTest (
        import ./containers.nix self.nixosConfigurations.vm.config.system.build.images
      );
    };
}
