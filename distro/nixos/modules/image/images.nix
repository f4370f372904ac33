# `system.build.images': the configuration as an image for each of the hosts and tools that take one, by the module that makes it.
{
  config,
  extendModules,
  lib,
  options,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  disk = settings: {
    imports = [ ../virtualisation/disk-image.nix ];
    image = settings;
  };
  # A kernel without the drivers of all hosts was chosen for another one.
  genericKernel = module: {
    imports = [ module ];
    boot.kernelPackages =
      lib.mkIf
        (
          options.boot.kernelPackages.highestPrio < 1000
          && config.boot.kernelPackages.kernel.flavour or "" == "cloud"
        )
        (lib.mkImageMediaOverride pkgs.linuxPackages_generic);
  };
  modules = {
    amazon = ../../maintainers/scripts/ec2/amazon-image.nix;
    azure = ../virtualisation/azure-image.nix;
    cloudstack = ../../maintainers/scripts/cloudstack/cloudstack-image.nix;
    digital-ocean = ../virtualisation/digital-ocean-image.nix;
    docker = ../virtualisation/docker-image.nix;
    google-compute = ../virtualisation/google-compute-image.nix;
    hyperv = ../virtualisation/hyperv-image.nix;
    incus = ../virtualisation/incus-image.nix;
    iso = {
      imports = [ ../installer/cd-dvd/iso-image.nix ];
      isoImage.makeEfiBootable = lib.mkDefault true;
      isoImage.makeUsbBootable = lib.mkDefault true;
    };
    iso-installer = genericKernel ../installer/cd-dvd/installation-cd-base.nix;
    kexec = ../installer/kexec/kexec-image.nix;
    kexec-bundle = ../installer/kexec/kexec-bundle.nix;
    kubevirt = ../virtualisation/kubevirt.nix;
    linode = ../virtualisation/linode-image.nix;
    lxc = ../virtualisation/lxc-container.nix;
    lxc-metadata = ../virtualisation/lxc-image-metadata.nix;
    netboot = ../installer/netboot/netboot-image.nix;
    oci = ../virtualisation/oci-image.nix;
    oci-archive = ../virtualisation/oci-archive.nix;
    openstack = ../../maintainers/scripts/openstack/openstack-image.nix;
    proxmox = ../virtualisation/proxmox-image.nix;
    proxmox-lxc = ../virtualisation/proxmox-lxc.nix;
    qemu = disk { efiSupport = false; };
    qemu-efi = disk { };
    raw = disk {
      format = "raw";
      efiSupport = false;
    };
    raw-efi = disk { format = "raw"; };
    sd-card = genericKernel ../installer/sd-card/sd-image-x86_64.nix;
    uki = ../installer/netboot/uki-image.nix;
    vagrant-libvirt = ../virtualisation/vagrant-libvirt-image.nix;
    vagrant-virtualbox = genericKernel ../virtualisation/vagrant-virtualbox-image.nix;
    vm = ../virtualisation/vm-image.nix;
    vm-bootloader = {
      imports = [ ../virtualisation/vm-image.nix ];
      virtualisation.useBootLoader = true;
    };
    vm-nogui = {
      imports = [ ../virtualisation/vm-image.nix ];
      virtualisation.graphics = false;
    };
    virtualbox = genericKernel ../virtualisation/virtualbox-image.nix;
    vmware = genericKernel ../virtualisation/vmware-image.nix;
    wsl = ../virtualisation/wsl-image.nix;
  };

  images = lib.mapAttrs (
    name: module:
    let
      inherit (extendModules { modules = [ module ]; }) config options;
      # Without either, the image is its whole output.
      isNamed = options.image.extension.isDefined || options.image.filePath.highestPrio < 1500;
      image =
        config.system.build.image or (throw
          "image.modules.${lib.strings.escapeNixIdentifier name} does not set system.build.image, the image that it makes."
        );
    in
    image
    // {
      passthru =
        image.passthru or { }
        // {
          inherit config;
        }
        // lib.optionalAttrs isNamed { inherit (config.image) filePath; };
    }
  ) config.image.modules;
in
{
  imports = [
    ./file-options.nix
    ./partition-sizes.nix
  ];

  options = {
    image.modules = mkOption {
      type = types.attrsOf types.deferredModule;
      default = { };
      example = lib.literalExpression "{ qemu.virtualisation.diskSize = 20480; }";
      description =
        "Modules that apply to one kind of image alone, by the names of `system.build.images` (`bootflake build-image`). Each sets "
        + "`system.build.image`; those of the distribution do, and a further name is a further kind of image.";
    };
  };

  config.image.modules = modules;
  config.system.build = { inherit images; };
}
