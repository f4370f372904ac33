# A unit that is ordered after network-online.target, and does not want it, makes a warning.
let
  warnings = modules: builtins.filter (w: builtins.match ".*network-online.*" w != null) (import ./system.inc modules).config.warnings;
  service = extra: { systemd.services.hello = { wantedBy = [ "multi-user.target" ]; after = [ "network-online.target" ];
      script = "true"; } // extra; };
in
{
  service = warnings (service { });
  wanted = warnings (service { wants = [ "network-online.target" ]; });
  required = warnings (service { requires = [ "network-online.target" ]; });
  bound = warnings (service { bindsTo = [ "network-online.target" ]; });
  timer = warnings { systemd.timers.hello = { after = [ "network-online.target" ]; timerConfig.OnCalendar = "daily"; }; };
  mount = warnings { systemd.mounts = [{ what = "/dev/vdb"; where = "/mnt/a b"; after = [ "network-online.target" ]; }]; };
  # Of the distribution's own modules none does that.
  own = warnings { services.openssh.enable = true; services.qemuGuest.enable = true; services.cron.enable = true;
    boot.supportedFilesystems = [ "nfs" ]; };
}
