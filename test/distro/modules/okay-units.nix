let
  system = import ./system.inc ({ pkgs, ... }: {
    systemd.globalEnvironment.GLOBAL = "1";
    systemd.services.hello = {
      description = "Says hello";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      environment = { PERCENT = "100%"; EMPTY = null; QUOTED = "a \"b\""; };
      path = [ "/opt/tool" ];
      preStart = "mkdir -p /var/lib/hello";
      serviceConfig = { Type = "oneshot"; ExecStart = [ "/bin/echo one" "/bin/echo two" ]; RemainAfterExit = true; };
      unitConfig.ConditionPathExists = "/etc/hello";
      startAt = "daily";
      restartIfChanged = false;
    };
    # Nothing that it runs: additions to the package's unit.
    systemd.services.nginx = { wantedBy = [ "multi-user.target" ]; serviceConfig.Nice = 5; };
    systemd.services."getty@tty2" = { overrideStrategy = "asDropin"; wantedBy = [ "getty.target" ]; };
    # A line that goes on with an empty one.
    systemd.services.continued.serviceConfig.ExecStart = "/bin/serve \\\n  --all \\\n";
    systemd.services.gone.enable = false;
    systemd.sockets.hello = { listenStreams = [ "1234" ]; wantedBy = [ "sockets.target" ]; socketConfig.Accept = true; };
    systemd.targets.mine = { description = "Mine"; wants = [ "hello.service" ]; };
    systemd.targets.multi-user.wants = [ "mine.target" ];
    systemd.mounts = [{ what = "/dev/vdb"; where = "/data/a b"; type = "ext4"; options = "noatime"; wantedBy = [ "local-fs.target" ]; }];
    systemd.paths.watch.pathConfig.PathChanged = "/etc/hello";
    systemd.slices.batch.sliceConfig.CPUWeight = 10;
    systemd.user.services.agent = { wantedBy = [ "default.target" ]; script = "exec agent"; };
    systemd.tmpfiles.rules = [ "d /var/lib/hello 0700 root root -" ];
    systemd.tmpfiles.settings."10-x"."/var/lib/x".d = { mode = "0755"; user = "root"; };
    systemd.extraConfig = "DefaultLimitCORE=0";
  });
  inherit (system) lib config;
in
{
  units = system.units [ "hello.service" "hello.timer" "nginx.service" "getty@tty2.service" "hello.socket" "mine.target"
    "multi-user.target" "data-a\\x20b.mount" "watch.path" "batch.slice" "continued.service" ];
  gone = config.systemd.units."gone.service".enable;
  user = config.systemd.user.units."agent.service".wantedBy;
  etc = system.etc [ "systemd/system.conf" "tmpfiles.d/10-x.conf" ];
  entries = map (e: { inherit (e) path; target = e.target or null; })
    (lib.filter (e: lib.hasInfix "hello" e.path || lib.hasInfix "nginx" e.path || lib.hasInfix "gone" e.path ||
      lib.hasInfix "tty2" e.path || lib.hasInfix "default.target" e.path) config.system.build.units.entries);
  checked = system.checked;
}
