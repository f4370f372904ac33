let
  lib = import ../../../distro/lib;
  make = args: import ../../../distro/pkgs ({ inherit lib; archive = import ./archive.inc { }; } // args);
  hello = final: prev: { hello = prev.writeShellScriptBin "hello" "echo hello from ${final.curl.name}"; };
  pkgs = make { overlays = [ hello (final: prev: { curl = prev.vim; hello2 = prev.hello; }) ]; };
in
{
  overlay = [ pkgs.hello.name pkgs.hello2.drvPath pkgs.curl.name ];
  extend = ((make { }).extend hello).hello.name;
  append = ((make { overlays = [ hello ]; }).appendOverlays [ (final: prev: { x = prev.hello.name; }) ]).x;
  packageOverrides = (make { config.packageOverrides = pkgs: { vim = pkgs.curl; }; }).vim.pname;
  configFunction = (make { config = { lib, ... }: { allowUnfree = true; }; }).config.allowUnfree;
  callPackage = (pkgs.callPackage ({ lib, vim, colour ? "red" }: { v = "${vim.name} ${colour}"; }) { colour = "blue"; }).v;
  documentation = (make { config.documentation = true; }).vim.deb.drvPath != (make { }).vim.deb.drvPath;
}
