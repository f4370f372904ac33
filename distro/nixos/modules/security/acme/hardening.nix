# What services of ACME may not do, and as whom they run.
{ user }:
import ../../../lib/hardening.nix
// {
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
  MemoryDenyWriteExecute = true;
  NoNewPrivileges = true;
  PrivateDevices = true;
  ProtectHome = true;
  ProtectProc = "invisible";
  ProcSubset = "pid";
  RemoveIPC = true;
  RestrictAddressFamilies = [
    "AF_INET"
    "AF_INET6"
    "AF_UNIX"
  ];
  SystemCallFilter = [
    "@system-service @resources"
    "~@privileged"
    "@chown"
  ];
}
