# What nginx may not do.
{ lib, cfg }:

let
  capabilities = [
    "CAP_NET_BIND_SERVICE"
    "CAP_SYS_RESOURCE"
  ] ++ lib.optionals cfg.enableQuicBPF [ "CAP_SYS_ADMIN" "CAP_NET_ADMIN" ];
in
{
  AmbientCapabilities = capabilities;
  CapabilityBoundingSet = capabilities;
  LockPersonality = true;
  # Lua and JavaScript are compiled while they run.
  MemoryDenyWriteExecute =
    !(lib.any (module: module.allowMemoryWriteExecute or false) (cfg.package.modules or [ ]));
  NoNewPrivileges = true;
  PrivateDevices = true;
  PrivateMounts = true;
  PrivateTmp = true;
  ProcSubset = "pid";
  ProtectClock = true;
  ProtectControlGroups = true;
  ProtectHome = lib.mkDefault true;
  ProtectHostname = true;
  ProtectKernelLogs = true;
  ProtectKernelModules = true;
  ProtectKernelTunables = true;
  ProtectProc = "invisible";
  ProtectSystem = "strict";
  RemoveIPC = true;
  RestrictAddressFamilies = [
    "AF_UNIX"
    "AF_INET"
    "AF_INET6"
  ];
  RestrictNamespaces = true;
  RestrictRealtime = true;
  RestrictSUIDSGID = true;
  SystemCallArchitectures = "native";
  SystemCallFilter = [
    "~@cpu-emulation @debug @keyring @mount @obsolete @privileged @setuid"
  ] ++ lib.optional cfg.enableQuicBPF "bpf";
}
