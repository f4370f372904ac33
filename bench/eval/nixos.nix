# The blog's machine on a nixpkgs of October 2020, with the names that this one has: the derivation of its disk image.
{ nixpkgs }:
let
  machine = import (nixpkgs + "/nixos/lib/eval-config.nix") {
    system = "x86_64-linux";
    modules = [
      (
        {
          config,
          lib,
          pkgs,
          ...
        }:
        {
          boot.kernelPackages = pkgs.linuxPackages_5_4;
          users.users = {
            tarn = {
              isNormalUser = true;
              extraGroups = [ "wheel" ];
              password = "";
            };
          };
          environment.systemPackages = with pkgs; [ python38 ];
          system.stateVersion = "20.09";
        }
      )
      (
        {
          config,
          lib,
          pkgs,
          modulesPath,
          ...
        }:
        {
          imports = [ "${toString modulesPath}/profiles/qemu-guest.nix" ];
          fileSystems."/" = {
            device = "/dev/disk/by-label/nixos";
            autoResize = true;
            fsType = "ext4";
          };
          boot.kernelParams = [ "console=ttyS0" ];
          boot.loader.grub.device = lib.mkDefault "/dev/vda";
          system.build.qcow2 = import "${modulesPath}/../lib/make-disk-image.nix" {
            inherit lib config pkgs;
            diskSize = 10240;
            format = "qcow2";
            partitionTableType = "legacy";
          };
        }
      )
    ];
  };
in
machine.config.system.build.qcow2.drvPath
