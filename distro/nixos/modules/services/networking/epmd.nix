# epmd, from which Erlang's programs learn each other's ports.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  types = import ../../../lib/line-types.nix { inherit lib; };
  cfg = config.services.epmd;
in
{
  options.services.epmd = {
    enable = lib.mkEnableOption "epmd, from which Erlang's programs learn each other's ports";
    package = lib.mkPackageOption pkgs "erlang" { };
    listenStream = lib.mkOption {
      type = types.str;
      default = "[::]:4369";
      description = "The address and port of its socket.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.listenStream == "[::]:4369" -> config.networking.enableIPv6;
        message =
          "services.epmd.listenStream is [::]:4369, an address of IPv6, but networking.enableIPv6 is false. Set it to 0.0.0.0:4369.";
      }
    ];
    systemd.sockets.epmd = {
      description = "Names of Erlang's programs";
      wantedBy = [ "sockets.target" ];
      before = [ "sockets.target" ];
      socketConfig = {
        ListenStream = cfg.listenStream;
        Accept = false;
      };
    };
    systemd.services.epmd = {
      description = "Names of Erlang's programs";
      after = [ "network.target" ];
      requires = [ "epmd.socket" ];
      serviceConfig = {
        Type = "notify";
        ExecStart = "${cfg.package}/bin/epmd -systemd";
        DynamicUser = true;
      };
    };
  };
}
