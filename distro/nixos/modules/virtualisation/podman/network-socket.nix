# podman's service over the network, behind TLS with certificates of clients.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.virtualisation.podman.networkSocket;

  file =
    what:
    mkOption {
      type = types.pathWith { absolute = true; };
      description =
        "The file with ${what}, which is not copied to the store if it is given as a string.";
    };
in
{
  options.virtualisation.podman.networkSocket = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether podman's service can be used over the network, by clients with a certificate, which makes them root.";
    };
    server = mkOption {
      type = types.enum [ "ghostunnel" ];
      example = "ghostunnel";
      description = "The program that speaks TLS.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall accepts connections to the port.";
    };
    tls = {
      cacert = file "the certificate of the authority of clients";
      cert = file "the server's certificate";
      key = file "the key of the server's certificate";
    };
    port = mkOption {
      type = types.port;
      default = 2376;
      description = "The port to listen on.";
    };
    listenAddress = mkOption {
      type = types.str;
      default = "0.0.0.0";
      description = "The address to listen on.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = config.virtualisation.podman.enable;
        message =
          "virtualisation.podman.networkSocket.enable makes podman's service available, and there is no podman. Set "
          + "virtualisation.podman.enable = true.";
      }
    ];
    networking.firewall.allowedTCPPorts = lib.optional cfg.openFirewall cfg.port;

    environment.systemPackages = lib.optional (cfg.server == "ghostunnel") pkgs.ghostunnel;
    systemd.services.ghostunnel-server-podman-socket = {
      description = "podman's service over TLS";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" "podman.socket" ];
      requires = [ "podman.socket" ];
      serviceConfig = {
        DynamicUser = true;
        SupplementaryGroups = [ "podman" ];
        LoadCredential = lib.mapAttrsToList (name: path: "${name}:${path}") cfg.tls;
        Restart = "always";
      };
      script = ''
        exec ghostunnel server --listen ${
          lib.escapeShellArg "${cfg.listenAddress}:${toString cfg.port}"
        } --target unix:/run/podman/podman.sock --allow-all \
          --cacert "$CREDENTIALS_DIRECTORY/cacert" --cert "$CREDENTIALS_DIRECTORY/cert" --key "$CREDENTIALS_DIRECTORY/key"
      '';
    };
  };
}
