{ config, lib, moduleType, ... }:
{
  options.interactive = lib.mkOption { type = moduleType; default = { }; };
  config.passthru.driverInteractive = config.interactive.driver;
}
