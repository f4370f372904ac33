# Tailscale. Debian has no package of it: `package' is another one.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  lineTypes = import ../../../lib/line-types.nix { inherit lib; };
  inherit (lib) escapeShellArg escapeShellArgs mkIf mkOption types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) flag;
  cfg = config.services.tailscale;

  flags =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--ssh" ];
      inherit description;
    };
  routes = cfg.useRoutingFeatures;
  parameters = lib.filterAttrs (_: v: v != null) cfg.authKeyParameters;
  query = lib.concatStringsSep "&" (
    lib.mapAttrsToList (
      name: v: "${name}=${if v == true then "true" else if v == false then "false" else v}"
    ) parameters
  );
  tailscale = "${cfg.package}/bin/tailscale";
in
{
  options.services.tailscale = {
    enable =
      lib.mkEnableOption
        "Tailscale, a network of machines by WireGuard. Debian does not have it: set `package`";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.tailscale.package";
      name = "tailscale";
    };
    port = mkOption {
      type = types.port;
      default = 41641;
      description = "The port of UDP for the tunnels; 0 for any.";
    };
    interfaceName = mkOption {
      type = types.strMatching "[a-zA-Z0-9_.:-]{1,40}";
      default = "tailscale0";
      description = "The name of the interface; `userspace-networking` for none.";
    };
    permitCertUid = mkOption {
      type = types.nullOr types.nonEmptyStr;
      default = null;
      description = "The user, by name or number, who may get certificates for the machine's name.";
    };
    disableTaildrop = flag false "Whether others may not send files.";
    disableUpstreamLogging = flag false "Whether nothing is logged at Tailscale's servers.";
    openFirewall = flag false "Whether the firewall lets the tunnels in.";
    useRoutingFeatures = mkOption {
      type = types.enum [ "none" "client" "server" "both" ];
      default = "none";
      example = "server";
      description =
        "Whether the machine uses routes of others (`client`), offers some to them (`server`), or both.";
    };
    authKeyFile = mkOption {
      type = types.nullOr lineTypes.machineFile;
      default = null;
      example = "/run/secrets/tailscale_key";
      description = "The file of the machine with the key with which it logs in, once.";
    };
    authKeyParameters = mkOption {
      type = types.submodule {
        options = {
          ephemeral = mkOption {
            type = types.nullOr types.bool;
            default = null;
            description = "Whether the machine is forgotten when it is off.";
          };
          preauthorized = mkOption {
            type = types.nullOr types.bool;
            default = null;
            description = "Whether the machine needs no approval.";
          };
          baseURL = mkOption {
            type = types.nullOr types.str;
            default = null;
            description = "The URL of Tailscale's API.";
          };
        };
      };
      default = { };
      description = "Parameters that are appended to the key.";
    };
    extraUpFlags = flags "Further arguments of `tailscale up`, with `authKeyFile`.";
    extraSetFlags = flags "Arguments of `tailscale set`.";
    extraDaemonFlags = flags "Further arguments of tailscaled.";
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    networking.firewall.allowedUDPPorts = mkIf cfg.openFirewall [ cfg.port ];
    networking.firewall.checkReversePath = mkIf (routes == "client" || routes == "both") (
      lib.mkDefault "loose"
    );
    boot.kernel.sysctl = mkIf (routes == "server" || routes == "both") {
      "net.ipv4.conf.all.forwarding" = lib.mkOverride 97 true;
      "net.ipv6.conf.all.forwarding" = lib.mkOverride 97 true;
    };
    boot.kernelModules = [ "tun" ];
    # networkd leaves the interface alone.
    systemd.network.networks."50-tailscale" = mkIf (cfg.interfaceName != "userspace-networking") {
      matchConfig.Name = cfg.interfaceName;
      linkConfig = {
        Unmanaged = true;
        ActivationPolicy = "manual";
      };
    };

    systemd.services.tailscaled = {
      description = "Tailscale";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-pre.target" ];
      after = [ "network-pre.target" "systemd-resolved.service" ];
      path = [ pkgs.iproute2 pkgs.procps pkgs.debianPackages.iptables ];
      environment = {
        TS_DEBUG_FIREWALL_MODE = "nftables";
        TS_PERMIT_CERT_UID = cfg.permitCertUid;
        TS_DISABLE_TAILDROP = if cfg.disableTaildrop then "true" else null;
      };
      stopIfChanged = false;
      serviceConfig = {
        Type = "notify";
        ExecStart = utils.escapeSystemdExecArgs (
          [
            "${cfg.package}/bin/tailscaled"
            "--state=/var/lib/tailscale/tailscaled.state"
            "--socket=/run/tailscale/tailscaled.sock"
            "--port=${toString cfg.port}"
            "--tun=${cfg.interfaceName}"
          ]
          ++ lib.optional cfg.disableUpstreamLogging "--no-logs-no-support"
          ++ cfg.extraDaemonFlags
        );
        ExecStopPost = "${cfg.package}/bin/tailscaled --cleanup";
        Restart = "on-failure";
        RuntimeDirectory = "tailscale";
        RuntimeDirectoryMode = "0755";
        StateDirectory = "tailscale";
        StateDirectoryMode = "0700";
        CacheDirectory = "tailscale";
        CacheDirectoryMode = "0750";
      };
    };
    systemd.services.tailscaled-autoconnect = mkIf (cfg.authKeyFile != null) {
      description = "Login of this machine at Tailscale";
      after = [ "tailscaled.service" ];
      wants = [ "tailscaled.service" ];
      wantedBy = [ "multi-user.target" ];
      serviceConfig.Type = "oneshot";
      serviceConfig.RemainAfterExit = true;
      script = ''
        state() { ${tailscale} status --json --peers=false | sed -n 's/^ *"BackendState": "\(.*\)",*$/\1/p'; }
        while :; do
          case "$(state)" in
            NeedsLogin | NeedsMachineAuth | Stopped)
              ${tailscale} up --auth-key "$(cat ${
                escapeShellArg cfg.authKeyFile
              })"${lib.optionalString (query != "") (escapeShellArg "?${query}")} ${escapeShellArgs cfg.extraUpFlags}
              ;;
            Running) break ;;
          esac
          sleep 0.5
        done
      '';
    };
    systemd.services.tailscaled-set = mkIf (cfg.extraSetFlags != [ ]) {
      description = "Settings of Tailscale";
      after = [ "tailscaled.service" ];
      wants = [ "tailscaled.service" ];
      wantedBy = [ "multi-user.target" ];
      serviceConfig.Type = "oneshot";
      serviceConfig.RemainAfterExit = true;
      script = "${tailscale} set ${escapeShellArgs cfg.extraSetFlags}";
    };
  };
}
