(import ./system.inc [ { system.nixos.release = "1"; } ]).config.system.nixos.release
