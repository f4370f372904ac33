# HAProxy: a proxy for connections and http, and its configuration, which is checked while the system is built.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.services.haproxy;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };

  source = pkgs.writeText "haproxy.cfg" ''
    global
      # A new process takes the sockets of the old one from it.
      stats socket /run/haproxy/haproxy.sock mode 600 expose-fd listeners level user
    ${cfg.config}
  '';
  file = checkedFile {
    name = "haproxy.cfg";
    inherit source;
    packages = [ cfg.package ];
    option = "services.haproxy.config";
    # Certificates, users and names are the machine's alone: errors about those do not count.
    check = ''
      ${cfg.package}/bin/haproxy -c -f "$file" > said 2>&1 || {
        sed -E 's/(:[0-9]+)\]/\1:]/' said
        ! grep -F '[ALERT]' said | grep -vE \
          'rror\(s\) found in|Fatal errors found|unable to (stat|load|open|read|access)|cannot (find|open)|could not resolve|No such file'
      }
    '';
  };
in
{
  options.services.haproxy = {
    enable = lib.mkEnableOption "HAProxy";
    package = lib.mkPackageOption pkgs "haproxy" { };
    user = mkOption {
      type = types.str;
      default = "haproxy";
      description = "The user that it runs as.";
    };
    group = mkOption {
      type = types.str;
      default = "haproxy";
      description = "The group that it runs as.";
    };
    config = mkOption {
      type = types.nullOr types.lines;
      default = null;
      description = "The configuration.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.config != null;
        message = "services.haproxy.config is null. Set it to HAProxy's configuration.";
      }
    ];

    environment.etc."haproxy.cfg".source = file;
    users = import ../../../lib/service-account.nix { inherit lib; } "haproxy" {
      inherit (cfg) user group;
    };

    systemd.services.haproxy = {
      description = "HAProxy";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        Type = "notify";
        User = cfg.user;
        Group = cfg.group;
        # A process that reloads runs its own program again, which may be another package's by then.
        ExecStartPre = [
          "/usr/bin/ln -sf ${cfg.package}/bin/haproxy /run/haproxy/haproxy"
          "/run/haproxy/haproxy -c -f ${file}"
        ];
        ExecStart = "/run/haproxy/haproxy -Ws -f /etc/haproxy.cfg -p /run/haproxy/haproxy.pid";
        ExecReload = [
          "${cfg.package}/bin/haproxy -c -f ${file}"
          "/usr/bin/ln -sf ${cfg.package}/bin/haproxy /run/haproxy/haproxy"
          "/usr/bin/kill -USR2 $MAINPID"
        ];
        KillMode = "mixed";
        SuccessExitStatus = 143;
        Restart = "always";
        RuntimeDirectory = "haproxy";
        NoNewPrivileges = true;
        ProtectHome = true;
        ProtectSystem = "strict";
        ProtectKernelTunables = true;
        ProtectKernelModules = true;
        ProtectControlGroups = true;
        SystemCallFilter = "~@cpu-emulation @keyring @module @obsolete @raw-io @reboot @swap @sync";
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
      };
    };
  };
}
