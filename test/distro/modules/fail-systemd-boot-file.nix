(import ./system.inc {
  boot.loader.systemd-boot = { enable = true; extraFiles."../x" = ./system.inc; };
}).config.system.build.systemdBoot.files
