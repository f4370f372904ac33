# What no daemon needs to do to the system: settings of a unit's serviceConfig, as in systemd.exec(5), for services that say no more or
# less of them. What a service needs of devices, files, users and system calls is its own.
{
  LockPersonality = true;
  ProtectClock = true;
  ProtectControlGroups = true;
  ProtectHostname = true;
  ProtectKernelLogs = true;
  ProtectKernelModules = true;
  ProtectKernelTunables = true;
  RestrictNamespaces = true;
  RestrictRealtime = true;
  RestrictSUIDSGID = true;
  SystemCallArchitectures = "native";
}
