(import ./system.inc { boot.loader.grub.default = "saved"; }).config.system.build.grubConfig
