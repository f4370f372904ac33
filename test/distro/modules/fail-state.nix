((import ./system.inc) {
  bootflake.state = { enable = true; size = "big"; directories = [ "/etc" "/srv" "/srv" ]; };
  fileSystems."/elsewhere".device = "/dev/vdb";
  environment.persistence."/elsewhere".files = [ "/etc/machine-id" ];
  environment.persistence."/other" = { enable = false; files = [ "/etc/machine-id" ]; };
}).checked
