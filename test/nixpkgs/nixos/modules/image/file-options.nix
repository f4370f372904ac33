# The name of an image's file, as NixOS has it since 25.05.
{ config, lib, pkgs, ... }: {
  options.image = {
    baseName = lib.mkOption {
      type = lib.types.str;
      default = "nixos-image-${config.system.nixos.label}-${pkgs.stdenv.hostPlatform.system}";
    };
    extension = lib.mkOption { type = lib.types.str; };
    fileName = lib.mkOption {
      type = lib.types.str;
      default = "${config.image.baseName}.${config.image.extension}";
    };
    filePath = lib.mkOption { type = lib.types.str; default = config.image.fileName; };
  };
}
