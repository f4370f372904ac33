(import ./system.inc { boot.loader.systemd-boot.enable = true; boot.loader.grub.enable = true; }).checked
