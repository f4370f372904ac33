# What nginx may not do.
{ lib, cfg }:

let
  capabilities = [
    "CAP_NET_BIND_SERVICE"
    "CAP_SYS_RESOURCE"
  ] ++ lib.optionals cfg.enableQuicBPF [ "CAP_SYS_ADMIN" "CAP_NET_ADMIN" ];
in
import ../../../../lib/hardening.nix
// {
  AmbientCapabilities = capabilities;
  CapabilityBoundingSet = capabilities;
  # Lua and JavaScript are compiled while they run.
  MemoryDenyWriteExecute =
    !(lib.any (module: module.allowMemoryWriteExecute or false) (cfg.package.modules or [ ]));
  NoNewPrivileges = true;
  PrivateDevices = true;
  PrivateMounts = true;
  PrivateTmp = true;
  ProcSubset = "pid";
  ProtectHome = lib.mkDefault true;
  ProtectProc = "invisible";
  ProtectSystem = "strict";
  RemoveIPC = true;
  RestrictAddressFamilies = [
    "AF_UNIX"
    "AF_INET"
    "AF_INET6"
  ];
  SystemCallFilter = [
    "~@cpu-emulation @debug @keyring @mount @obsolete @privileged @setuid"
  ] ++ lib.optional cfg.enableQuicBPF "bpf";
}
