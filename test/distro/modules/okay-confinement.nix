# Services with a root directory of their own.
let
  system = import ./system.inc ({ pkgs, ... }: {
    systemd.services.whole = {
      script = "true";
      confinement = { enable = true; packages = [ pkgs.hello ]; binSh = "/usr/bin/bash"; };
      serviceConfig = { PrivateUsers = false; BindReadOnlyPaths = [ "/etc/hosts" ]; };
    };
    systemd.services.files = { script = "true"; confinement = { enable = true; mode = "chroot-only"; binSh = null; }; };
    systemd.services.plain.script = "true";
  });
in
{
  units = builtins.mapAttrs (_: u: u.text) { inherit (system.config.systemd.units) "whole.service" "files.service" "plain.service"; };
}
