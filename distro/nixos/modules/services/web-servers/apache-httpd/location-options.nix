# A location of a virtual host of httpd.
{ lib, ... }:

let
  inherit (lib) mkOption;
  types = import ../../../../lib/line-types.nix { inherit lib; };
  text =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
in
{
  options = {
    proxyPass = text types.str "The address of a server that requests are passed on to.";
    index = text types.str "The files that stand for a folder.";
    alias = text types.path "The file or the folder that is served.";
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
