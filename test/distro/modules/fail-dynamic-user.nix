(import ./system.inc {
  systemd.services = {
    audio = { script = "true"; serviceConfig.DynamicUser = true; };
    "kvm@".serviceConfig = { ExecStart = "/bin/true"; DynamicUser = "yes"; };
    other = { script = "true"; serviceConfig = { DynamicUser = true; User = "nobody"; }; };
    "own@".serviceConfig = { ExecStart = "/bin/true"; DynamicUser = true; };
    backup = { script = "true"; serviceConfig.DynamicUser = true; };
  };
}).checked
