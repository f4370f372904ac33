# Modular services as units, with their files, and those in them.
let
  server =
    { config, ... }:
    {
      process.argv = [ ./system.inc "--motto" "100 % $HOME" ];
      notificationProtocol = [ "systemd" ];
      configData."server.conf".text = "one\n";
      configData.second = { name = "two.conf"; source = "/srv/two.conf"; };
      configData.off = { enable = false; text = "three\n"; };
      systemd.service.environment.CONFIG = config.configData."server.conf".path;
      systemd.services.cleaner = { serviceConfig.ExecStart = "/bin/true"; };
      systemd.socket = { wantedBy = [ "sockets.target" ]; listenStreams = [ "7" ]; };
      services.worker = { config, ... }: {
        process.argv = [ "/bin/worker" ];
        systemd.mainExecStart = config.systemd.lib.escapeSystemdExecArgs config.process.argv + " --unit %n";
        configData."a/b".text = "four\n";
        warnings = [ "the worker is slow" ];
      };
    };
  system = import ./system.inc { system.services = { first = server; second = { imports = [ server ]; process.argv = [ "more" ]; }; }; };
  inherit (system) config lib;
  ours = lib.filterAttrs (name: _: lib.hasPrefix "first" name || lib.hasPrefix "second" name);
in
{
  units = lib.mapAttrs (_: unit: lib.replaceStrings [ "${./system.inc}" ] [ "SYSTEM.INC" ] unit.text) (ours config.systemd.units);
  files = lib.mapAttrs (_: file: if file.text == null then "${file.source}" else file.text)
    (lib.filterAttrs (name: file: file.enable && lib.hasPrefix "system-services/" name) config.environment.etc);
  inherit (config) warnings;
}
