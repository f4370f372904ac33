let c = (import ./system.inc [ { nixpkgs.config.allowUnfree = true; } ]).config; in
(import ../../../distro/lib).checkAssertWarn c.assertions [ ] true
