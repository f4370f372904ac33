# The name of this system in the boot menu.
{ config, lib, ... }:

let
  cfg = config.system.nixos;
  inherit (config.system) debian;
in
{
  options.system.nixos = {
    label = lib.mkOption {
      type = lib.types.strMatching "[a-zA-Z0-9:_.-]*";
      default = lib.concatStringsSep "-" (lib.sort (a: b: a < b) cfg.tags ++ [
        "${debian.release}.${debian.codeName}"
      ]);
      defaultText = lib.literalMD "`system.nixos.tags` and Debian's release, joined";
      description = "The name of this system in the boot menu, after that of the distribution.";
    };

    tags = lib.mkOption {
      type = lib.types.listOf (lib.types.strMatching "[a-zA-Z0-9:_.-]*");
      default = [ ];
      example = [ "with-xen" ];
      description = "Strings that the default of `system.nixos.label` begins with.";
    };
  };
}
