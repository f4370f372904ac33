(import ./system.inc ({ pkgs, ... }: {
  services.grafana = { enable = true; package = pkgs.hello; settings.smtp.password = "a\nenabled = true"; };
})).config.systemd.services.grafana.script
