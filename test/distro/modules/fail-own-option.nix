# A module of another flake that declares what the distribution has itself, as impermanence's does.
(import ./system.inc (
  { lib, ... }: { options.environment.persistence = lib.mkOption { type = lib.types.attrs; default = { }; }; }
)).config.environment.persistence
