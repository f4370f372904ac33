(import ./system.inc { boot.loader.systemd-boot.enable = true; }).checked
