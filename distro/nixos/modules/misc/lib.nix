# Functions that modules offer to each other.
{ lib, ... }:

{
  options.lib = lib.mkOption {
    type = lib.types.attrsOf lib.types.attrs;
    default = { };
    description = "Functions that other modules may use, as `config.lib.NAME`.";
  };
}
