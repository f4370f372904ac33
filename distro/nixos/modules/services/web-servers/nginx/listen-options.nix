# The options of an address that a host is at. `ssl` is the type and default of the option of that name.
{ lib, ssl }:

let
  inherit (lib) mkOption types;
in
types.submodule {
  options = {
    addr = mkOption {
      type = types.str;
      example = "[::1]";
      description = "An address, of IPv6 in brackets, or a socket: `unix:/run/web.sock`.";
    };
    port = mkOption {
      type = types.nullOr types.port;
      default = null;
      description = "The port.";
    };
    ssl = mkOption (ssl // { description = "Whether connections are encrypted."; });
    proxyProtocol = mkOption {
      type = types.bool;
      default = false;
      description = "Whether connections begin with a header of the PROXY protocol.";
    };
    extraParameters = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "backlog=1024" "deferred" ];
      description = "Further parameters of the directive `listen`.";
    };
  };
}
