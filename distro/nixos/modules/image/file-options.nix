# The name of an image's file.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.image;
in
{
  options.image = {
    baseName = mkOption {
      type = types.strMatching "[a-zA-Z0-9_+:.-]+";
      default = "nixos-image-${config.system.nixos.label}-${pkgs.stdenv.hostPlatform.system}";
      defaultText =
        lib.literalExpression
          ''"nixos-image-''${config.system.nixos.label}-''${pkgs.stdenv.hostPlatform.system}"'';
      example = "web";
      description = "The name of the image's file, without its extension.";
    };
    extension = mkOption {
      type = types.strMatching "[a-zA-Z0-9.]+";
      internal = true;
      example = "qcow2";
      description = "The extension of the image's file, which each kind of image sets.";
    };
    fileName = mkOption {
      type = types.strMatching "[a-zA-Z0-9_+:.-]+";
      default = "${cfg.baseName}.${cfg.extension}";
      defaultText =
        lib.literalExpression ''"''${config.image.baseName}.''${config.image.extension}"'';
      description = "The name of the image's file.";
    };
    filePath = mkOption {
      type = types.str;
      default = cfg.fileName;
      defaultText = lib.literalExpression "config.image.fileName";
      internal = true;
      description = "The path of the image's file in `system.build.image`.";
    };
  };
}
