(import ./system.inc {
  virtualisation.oci-containers.containers."web; reboot".image = "web";
}).config.systemd.services
