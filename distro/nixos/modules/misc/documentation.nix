# Manuals. Debian's packages are unpacked without them, unless the package set is told to keep them.
{ lib, ... }:

let
  inherit (lib) mkOption types;
  switch = default: description: mkOption { type = types.bool; inherit default description; };
in
{
  options.documentation = {
    enable = switch false "No effect here: `nixpkgs.config.documentation = true` keeps the manuals in Debian's packages.";
    man.enable = switch false "No effect: see `documentation.enable`.";
    man.generateCaches = switch false "No effect.";
    info.enable = switch false "No effect: see `documentation.enable`.";
    doc.enable = switch false "No effect: see `documentation.enable`.";
    dev.enable = switch false "No effect: Debian has packages of its own for it.";
    nixos.enable = switch false "No effect.";
  };
}
