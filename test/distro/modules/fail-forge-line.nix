(import ./system.inc ({ pkgs, ... }: {
  services.forgejo = { enable = true; package = pkgs.hello; settings.server.LANDING_PAGE = "a\nb"; };
})).config.systemd.services.forgejo.preStart
