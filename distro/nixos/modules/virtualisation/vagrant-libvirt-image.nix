# A box of Vagrant for libvirt: `vagrant box add NAME FILE'.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  metadata = {
    provider = "libvirt";
    architecture = "amd64";
    disks = [
      {
        format = "qcow2";
        path = "box_0.qcow2";
      }
    ];
  };
in
{
  imports = [
    ../image/file-options.nix
    ../profiles/qemu-guest.nix
    ./disk-size-option.nix
    ./vagrant-guest.nix
  ];

  config = lib.mkMerge [
    (import ../../lib/disk-image-variant.nix { inherit config lib pkgs; } {
      attribute = "vagrantLibvirt";
      format = "qcow2-compressed";
      arguments.baseName = "box_0";
    })
    {
      boot.kernelParams = [ "console=ttyS0" ];
      system.nixos.tags = [ "vagrant" "libvirt" ];
      image.extension = lib.mkForce "box";
      image.filePath = lib.mkForce config.image.fileName;
      system.build.image = lib.mkForce (
        pkgs.builtinDerivation "tarball" {
          name = "vagrant-libvirt";
          inherit (config.image) fileName;
          compression = "none";
          directories = [ ];
          links = { };
          contents = [
            {
              source = "${config.system.build.vagrantLibvirt}/box_0.qcow2";
              target = "box_0.qcow2";
            }
            {
              source = pkgs.writeText "metadata.json" (builtins.toJSON metadata);
              target = "metadata.json";
            }
            {
              source = pkgs.writeText "Vagrantfile" "Vagrant.configure(\"2\") do |config|\nend\n";
              target = "Vagrantfile";
            }
          ];
        }
      );
    }
  ];
}
