(import ./system.inc [ { nixpkgs.hostPlatform = "riscv64-linux"; } ]).config.nixpkgs.hostPlatform
