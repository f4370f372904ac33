{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  kernel = config.boot.kernelPackages.kernel;
in
{
  options.boot = {
    kernelPackages = mkOption { type = types.raw; default = pkgs.linuxPackages; };
    kernelParams = mkOption { type = types.listOf types.str; default = [ ]; };
    kernelModules = mkOption { type = types.listOf types.str; default = [ ]; };
    consoleLogLevel = mkOption { type = types.int; default = 4; };
    kernel.sysctl = mkOption { type = types.attrsOf types.anything; default = { }; };
  };
  config = {
    boot.kernelParams = [ "loglevel=${toString config.boot.consoleLogLevel}" ];
    system.build.kernel = kernel;
    # modules.dep is made by whoever installs a kernel of Debian's.
    system.modulesTree = pkgs.runCommand "kernel-modules" { nativeBuildInputs = [ pkgs.kmod ]; } ''
      mkdir -p $out/lib/modules
      version=$(ls ${kernel}/lib/modules)
      cp -rs ${kernel}/lib/modules/$version $out/lib/modules/$version
      chmod -R u+w $out/lib/modules
      depmod -b $out -C /dev/null $version
    '';
    environment.etc."modules-load.d/nixos.conf".text = lib.concatMapStrings (m: "${m}\n") config.boot.kernelModules;
  };
  options.system.modulesTree = mkOption { type = types.package; };
}
