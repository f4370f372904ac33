# A location of a virtual host of httpd.
{ lib, ... }:

let
  inherit (lib) mkOption;
  types = import ../../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) orNull;
in
{
  options = {
    proxyPass = orNull types.str "The address of a server that requests are passed on to.";
    index = orNull types.str "The files that stand for a folder.";
    alias = orNull types.path "The file or the folder that is served.";
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines of the location.";
    };
    priority = mkOption {
      type = types.int;
      default = 1000;
      description = "The place among other locations: those of lower numbers come first.";
    };
  };
}
