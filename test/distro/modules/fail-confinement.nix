# What a root directory of one's own excludes.
(import ./system.inc {
  systemd.services.a = {
    script = "true";
    confinement.enable = true;
    serviceConfig = { ProtectSystem = "strict"; RootImage = "/x"; };
  };
}).checked
