# The configuration as images for several hosts: each is the configuration with one more module, which sets system.build.image.
{ config, lib, pkgs, extendModules, ... }:
let
  inherit (lib) mkOption types;
  modules = {
    azure = ../virtualisation/azure-image.nix;
    google-compute = ../virtualisation/google-compute-image.nix;
    linode = ../virtualisation/linode-image.nix;
    openstack-zfs = ../virtualisation/zfs-image.nix;
    qemu = { imports = [ ../virtualisation/disk-image.nix ]; image.efiSupport = false; };
    raw-efi = { imports = [ ../virtualisation/disk-image.nix ]; image.format = "raw"; };
  };
in
{
  options.image.modules = mkOption { type = types.attrsOf types.deferredModule; };
  config.image.modules = modules;
  config.system.build.images = lib.mapAttrs (
    name: module:
    let
      inherit (extendModules { modules = [ module ]; }) config;
    in
    lib.recursiveUpdate
      (config.system.build.image or (throw "image.modules.${name} sets no system.build.image"))
      { passthru = { inherit config; inherit (config.image) filePath; }; }
  ) config.image.modules;
}
