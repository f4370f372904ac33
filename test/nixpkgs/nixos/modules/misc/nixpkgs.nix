{ config, lib, ... }: {
  options.nixpkgs = {
    hostPlatform = lib.mkOption { type = lib.types.either lib.types.str lib.types.attrs; };
    overlays = lib.mkOption { type = lib.types.listOf lib.types.raw; default = [ ]; };
    config = lib.mkOption { type = lib.types.attrs; default = { }; };
  };
  config._module.args.pkgs = import ../../.. {
    system = config.nixpkgs.hostPlatform;
    inherit (config.nixpkgs) overlays config;
  };
}
