# What services of ACME may not do, and as whom they run.
{ user }:
{
  Type = "oneshot";
  User = user;
  UMask = "0022";
  StateDirectoryMode = "750";
  ProtectSystem = "strict";
  ReadWritePaths = [
    "/var/lib/acme"
    "/run/acme"
  ];
  PrivateTmp = true;
  WorkingDirectory = "/tmp";
  CapabilityBoundingSet = [ "" ];
  DevicePolicy = "closed";
  LockPersonality = true;
  MemoryDenyWriteExecute = true;
  NoNewPrivileges = true;
  PrivateDevices = true;
  ProtectClock = true;
  ProtectHome = true;
  ProtectHostname = true;
  ProtectControlGroups = true;
  ProtectKernelLogs = true;
  ProtectKernelModules = true;
  ProtectKernelTunables = true;
  ProtectProc = "invisible";
  ProcSubset = "pid";
  RemoveIPC = true;
  RestrictAddressFamilies = [
    "AF_INET"
    "AF_INET6"
    "AF_UNIX"
  ];
  RestrictNamespaces = true;
  RestrictRealtime = true;
  RestrictSUIDSGID = true;
  SystemCallArchitectures = "native";
  SystemCallFilter = [
    "@system-service @resources"
    "~@privileged"
    "@chown"
  ];
}
