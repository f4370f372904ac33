# rpcbind: which port a service of Sun's RPC is at.
{
  config,
  lib,
  pkgs,
  ...
}:

{
  options.services.rpcbind.enable =
    lib.mkEnableOption "rpcbind, from which others learn the ports of RPC services such as NFS 3";

  config = lib.mkIf config.services.rpcbind.enable {
    environment.systemPackages = [ pkgs.rpcbind ];
    # Debian's units, which start it at the first request.
    systemd.sockets.rpcbind = {
      overrideStrategy = "asDropin";
      wantedBy = [ "sockets.target" ];
    };
    systemd.services.rpcbind = {
      overrideStrategy = "asDropin";
      wantedBy = [ "multi-user.target" ];
    };
    users.users._rpc = {
      isSystemUser = true;
      group = "nogroup";
      home = "/run/rpcbind";
    };
  };
}
