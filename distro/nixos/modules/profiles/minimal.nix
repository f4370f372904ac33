# A small system: without documentation, and without what only people at a screen use.
{ lib, ... }:

{
  documentation = {
    enable = lib.mkDefault false;
    doc.enable = lib.mkDefault false;
    info.enable = lib.mkDefault false;
    man.enable = lib.mkDefault false;
  };
  xdg.mime.enable = lib.mkDefault false;
}
