# OpenVPN: a unit for each of its configurations, of servers and clients.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption optionalString types;
  inherit (import ../../../lib/line-types.nix { inherit lib; }) secretLine;
  cfg = config.services.openvpn;
  inherit (import ../../../lib/formats { inherit lib; }) text;

  # DNS servers and domains that the server gives, for systemd-resolved: variables foreign_option_1 and on.
  resolve = ''
    case "''${script_type:-}" in
      up)
        servers= domains=
        for name in ''${!foreign_option_@}; do
          read -r kind option value <<< "''${!name}"
          [ "$kind" = dhcp-option ] || continue
          case "$option" in
            DNS | DNS6) servers="$servers $value" ;;
            DOMAIN) domains="$domains $value" ;;
            DOMAIN-SEARCH) domains="$domains $value" ;;
            DOMAIN-ROUTE) domains="$domains ~$value" ;;
          esac
        done
        [ -z "$servers" ] || resolvectl dns "$dev" $servers
        [ -z "$domains" ] || resolvectl domain "$dev" $domains
        ;;
      down) resolvectl revert "$dev" || true ;;
    esac
  '';
  hook =
    name: kind: server:
    pkgs.writeShellScript "openvpn-${name}-${kind}" (
      optionalString server.updateResolvConf resolve + server.${kind}
    );

  fileOf =
    name: server:
    let
      hasHook = kind: server.${kind} != "" || server.updateResolvConf;
      credentials =
        if lib.isString server.authUserPass then
          text.line {
            option = "services.openvpn.servers.${name}.authUserPass";
            file = "the configuration of OpenVPN";
          } server.authUserPass
        else
          pkgs.writeText
            "openvpn-${name}-login"
            "${server.authUserPass.username}\n${server.authUserPass.password}\n";
    in
    pkgs.writeText "openvpn-${name}.conf" (
      "errors-to-stderr\n"
      + optionalString (hasHook "up" || hasHook "down") "script-security 2\n"
      + server.config
      + "\n"
      + optionalString (hasHook "up") "up ${hook name "up" server}\n"
      + optionalString (hasHook "down") "down ${hook name "down" server}\n"
      + optionalString (server.authUserPass != null) "auth-user-pass ${credentials}\n"
    );

  unit =
    name: server:
    lib.nameValuePair "openvpn-${name}" {
      description = "OpenVPN ‘${name}’";
      wantedBy = lib.optional server.autoStart "multi-user.target";
      after = [ "network.target" ];
      path = [ pkgs.iproute2 ];
      serviceConfig = {
        Type = "notify";
        ExecStart =
          "${cfg.package}/bin/openvpn --suppress-timestamps --config ${fileOf name server}";
        Restart = "always";
      };
    };
in
{
  options.services.openvpn = {
    package = lib.mkPackageOption pkgs "openvpn" { };
    restartAfterSleep = mkOption {
      type = types.bool;
      default = true;
      description = "Whether clients start again when the machine wakes up.";
    };
    servers = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            config = mkOption {
              type = types.lines;
              example = "config /root/client.ovpn";
              description = "The configuration, as in openvpn(8).";
            };
            up = mkOption {
              type = types.lines;
              default = "";
              description = "Commands of a shell that are run when the connection is up.";
            };
            down = mkOption {
              type = types.lines;
              default = "";
              description = "Commands of a shell that are run when the connection is down.";
            };
            autoStart = mkOption {
              type = types.bool;
              default = true;
              description = "Whether it starts with the machine.";
            };
            updateResolvConf = mkOption {
              type = types.bool;
              default = false;
              description =
                "Whether the DNS servers and domains of the other side are used: systemd-resolved gets them.";
            };
            authUserPass = mkOption {
              type = types.nullOr (
                types.either types.singleLineStr (
                  types.submodule {
                    options = {
                      username = mkOption {
                        type = types.singleLineStr;
                        description = "The name.";
                      };
                      password = mkOption {
                        type = secretLine;
                        description = "The password. It is in the store, which everybody can read.";
                      };
                    };
                  }
                )
              );
              default = null;
              example = "/run/secrets/vpn-login";
              description = "The file of the machine with name and password, a line each.";
            };
          };
        }
      );
      default = { };
      example = lib.literalExpression ''{ office.config = "config /var/lib/vpn/office.ovpn"; }'';
      description =
        "Configurations of OpenVPN by name, of which each has a unit `openvpn-NAME.service`.";
    };
  };

  config = mkIf (cfg.servers != { }) {
    assertions =
      import ../../../lib/unit-names.nix { inherit lib; } (
        map (name: {
          inherit name;
          option = "services.openvpn.servers";
        }) (lib.attrNames cfg.servers)
      )
      ++ lib.mapAttrsToList (name: server: {
        assertion = server.updateResolvConf -> config.services.resolved.enable;
        message =
          "services.openvpn.servers.${name}.updateResolvConf needs services.resolved.enable, which gets the DNS servers. Set it.";
      }) cfg.servers;
    environment.systemPackages = [ cfg.package ];
    boot.kernelModules = [ "tun" ];
    # Debian's generator starts what is in /etc/openvpn.
    systemd.generators.openvpn-generator = "/dev/null";
    systemd.services = lib.mapAttrs' unit cfg.servers // {
      openvpn-restart = mkIf cfg.restartAfterSleep {
        description = "OpenVPN after sleep";
        wantedBy = [ "sleep.target" ];
        script = "systemctl try-restart 'openvpn-*.service'";
        unitConfig.StopWhenUnneeded = true;
        serviceConfig.Type = "oneshot";
      };
    };
  };
}
