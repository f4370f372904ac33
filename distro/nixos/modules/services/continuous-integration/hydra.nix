# Hydra, the build farm of NixOS. Debian has no package of it: services.hydra.package is the user's to give.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkIf mkOption optional;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) option;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  cfg = config.services.hydra;
  state = "/var/lib/hydra";
  postgresql = config.services.postgresql;
  localDatabase = "dbi:Pg:dbname=hydra;user=hydra;";
  isLocal = cfg.dbi == localDatabase;
  databases = optional isLocal "postgresql.target";

  configFile = pkgs.writeText "hydra.conf" cfg.extraConfig;
  own = {
    HYDRA_DBI = cfg.dbi;
    HYDRA_CONFIG = "${state}/hydra.conf";
    HYDRA_DATA = state;
  };
  environment =
    {
      NIX_REMOTE = "daemon";
      PGPASSFILE = "${state}/pgpass";
      NIX_REMOTE_SYSTEMS = lib.concatStringsSep ":" cfg.buildMachinesFiles;
    }
    // lib.optionalAttrs (cfg.smtpHost != null) {
      EMAIL_SENDER_TRANSPORT = "SMTP";
      EMAIL_SENDER_TRANSPORT_host = cfg.smtpHost;
    }
    // own
    // cfg.extraEnv;

  # Its programs for people, who have the variables then.
  programs = pkgs.runCommandLocal "hydra-programs" { } ''
    mkdir -p "$out/bin"
    for program in ${cfg.package}/bin/*; do
      if [ -f "$program" ] && [ -x "$program" ]; then
        {
          echo '#!/usr/bin/bash'
          ${
            lib.concatStrings (
              lib.mapAttrsToList (
                name: value:
                "echo ${lib.escapeShellArg "export ${name}=\${${name}-${lib.escapeShellArg value}}"}\n"
              ) own
            )
          }
          echo "exec $program \"\$@\""
        } > "$out/bin/''${program##*/}"
        chmod +x "$out/bin/''${program##*/}"
      fi
    done
  '';
  program = name: "${cfg.package}/bin/${name}";

  # A unit for one of its programs, by the user that the program has.
  service =
    name: user: attributes:
    lib.nameValuePair name (
      lib.recursiveUpdate {
        description = "Hydra: ${lib.removePrefix "hydra-" name}";
        requires = [ "hydra-init.service" ];
        after = [ "hydra-init.service" "network.target" ];
        wantedBy = [ "multi-user.target" ];
        restartTriggers = [ configFile ];
        path = [ cfg.package config.nix.package pkgs.openssh pkgs.bzip2 pkgs.jq ];
        environment = environment // { HYDRA_DBI = "${cfg.dbi};application_name=${name}"; };
        serviceConfig = {
          ExecStart = program name;
          User = user;
          Restart = "always";
        };
      } attributes
    );
  runner = "hydra-queue-runner";
  runnersPassword = { PGPASSFILE = "${state}/pgpass-queue-runner"; };
  # Units that are stopped when the disk is full.
  spaceFor = unit: gigabytes: ''
    if [ "$free" -lt "$((${toString gigabytes} * 1024 ** 3))" ]; then
      echo "The disk is full: ${unit} stops."
      systemctl stop ${unit}
    fi
  '';
  member =
    attributes:
    {
      isSystemUser = true;
      group = "hydra";
      useDefaultShell = true;
    }
    // attributes;
in
{
  options.services.hydra = {
    enable = lib.mkEnableOption "Hydra, which builds projects";
    package = import ../../../lib/foreign-package.nix { inherit lib pkgs; } {
      option = "services.hydra.package";
      name = "hydra_unstable";
      program = "hydra-server";
    };
    dbi = option types.str localDatabase "Its database.";
    hydraURL = mkOption {
      type = types.str;
      example = "https://hydra.example.org";
      description = "The address of its pages.";
    };
    listenHost = option types.str "*" "The address at which it listens; `*` for all.";
    port = option types.port 3000 "The port at which it listens.";
    minimumDiskFree = option types.int 0 "How many GiB must be free for builds.";
    minimumDiskFreeEvaluator = option types.int 0 "How many GiB must be free for evaluations.";
    notificationSender = mkOption {
      type = types.str;
      example = "hydra@example.org";
      description = "The mail address from which it writes.";
    };
    smtpHost = option (types.nullOr types.str) null "The server that takes its mail.";
    tracker = option types.str "" "HTML that is on all pages.";
    logo = option (types.nullOr types.path) null "The file of the logo.";
    debugServer = option types.bool false "Whether the server prints what it does.";
    maxServers = option types.int 25 "The largest number of processes of the server.";
    minSpareServers = option types.int 4 "How many of them wait for requests at least.";
    maxSpareServers = option types.int 5 "How many of them wait at most.";
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines of hydra.conf.";
    };
    extraEnv = option (types.attrsOf types.str) { } "Further environment variables.";
    gcRootsDir =
      option types.path "/nix/var/nix/gcroots/hydra" "The folder of what is kept of the store.";
    buildMachinesFiles = mkOption {
      type = types.listOf types.path;
      default = optional (config.nix.buildMachines != [ ]) "/etc/nix/machines";
      defaultText = "/etc/nix/machines, if there are machines in `nix.buildMachines`";
      description = "Files with the machines that build.";
    };
    useSubstitutes =
      option types.bool false "Whether paths come from caches. It offers them as its own then.";
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion =
          cfg.maxServers > 0
          && cfg.minSpareServers > 0
          && cfg.minSpareServers < cfg.maxSpareServers;
        message =
          "services.hydra: minSpareServers is ${toString cfg.minSpareServers} and maxSpareServers ${toString cfg.maxSpareServers}. "
          + "Set minSpareServers to a lower number than maxSpareServers, and all of them above 0.";
      }
      {
        assertion = config.nix.enable;
        message = "services.hydra needs Nix's daemon. Set nix.enable = true.";
      }
    ];
    services.hydra.extraConfig =
      lib.concatStrings (
        lib.mapAttrsToList
          (
            key: value:
            "${key} = ${text.line { option = "services.hydra"; file = "hydra.conf"; } (toString value)}\n"
          )
          {
            using_frontend_proxy = 1;
            base_uri = cfg.hydraURL;
            notification_sender = cfg.notificationSender;
            max_servers = cfg.maxServers;
            gc_roots_dir = cfg.gcRootsDir;
            use-substitutes = if cfg.useSubstitutes then 1 else 0;
          }
      )
      + lib.optionalString (cfg.logo != null) "hydra_logo = ${cfg.logo}\n";
    services.postgresql = mkIf isLocal {
      enable = true;
      ensureDatabases = [ "hydra" ];
      ensureUsers = [
        {
          name = "hydra";
          ensureDBOwnership = true;
        }
      ];
      # Three users of the system are one of the database.
      identMap = lib.concatMapStrings (user: "hydra-users ${user} hydra\n") [
        "hydra"
        "hydra-queue-runner"
        "hydra-www"
        "root"
      ];
      authentication = "local hydra all ident map=hydra-users\n";
    };
    environment.systemPackages = [ programs ];
    environment.variables = own;
    nix.settings = {
      keep-outputs = true;
      keep-derivations = true;
      trusted-users = [ runner ];
    };

    users.groups.hydra = { };
    users.users = {
      hydra = member {
        description = "Hydra";
        home = state;
      };
      hydra-queue-runner = member {
        description = "Hydra's builds";
        home = "${state}/queue-runner";
      };
      hydra-www = member { description = "Hydra's pages"; };
    };
    systemd.tmpfiles.settings.hydra =
      {
        ${state}.d = {
          user = "hydra";
          group = "hydra";
          mode = "0750";
        };
        "${state}/hydra.conf"."L+".argument = "${configFile}";
        "${state}/www".d = {
          user = "hydra-www";
          group = "hydra";
          mode = "0700";
        };
        ${cfg.gcRootsDir}.d = {
          user = "hydra";
          group = "hydra";
          mode = "2775";
        };
      }
      // lib.mapAttrs'
        (
          name: mode:
          lib.nameValuePair "${state}/${name}" {
            d = {
              user = runner;
              group = "hydra";
              inherit mode;
            };
          }
        )
        {
          queue-runner = "0700";
          build-logs = "0750";
          runcommand-logs = "0750";
        };

    systemd.services = lib.listToAttrs [
      (service "hydra-init" "hydra" {
        after = databases;
        requires = databases;
        preStart = lib.optionalString isLocal ''
          echo 'create extension if not exists pg_trgm' | runuser -u ${postgresql.superUser} -- psql -q hydra
        '';
        path = [ cfg.package config.nix.package ] ++ optional isLocal postgresql.package;
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          PermissionsStartOnly = true;
          Restart = "no";
        };
      })
      (service "hydra-server" "hydra-www" {
        environment = {
          HYDRA_TRACKER = cfg.tracker;
          XDG_CACHE_HOME = "${state}/www/.cache";
          COLUMNS = "80";
          PGPASSFILE = "${state}/pgpass-www";
        } // lib.optionalAttrs cfg.debugServer { DBIC_TRACE = "1"; };
        serviceConfig.ExecStart = utils.escapeSystemdExecArgs ([
          (program "hydra-server")
          "-f"
          "-h"
          cfg.listenHost
          "-p"
          (toString cfg.port)
          "--min_spare_servers"
          (toString cfg.minSpareServers)
          "--max_spare_servers"
          (toString cfg.maxSpareServers)
          "--max_servers"
          (toString cfg.maxServers)
          "--max_requests"
          "100"
        ] ++ optional cfg.debugServer "-d");
      })
      (service runner runner {
        environment = runnersPassword // { IN_SYSTEMD = "1"; };
        serviceConfig = {
          ExecStart = "${program runner} -v";
          ExecStopPost = "${program runner} --unlock";
          LimitCORE = "infinity";
          WorkingDirectory = "${state}/queue-runner";
        };
      })
      (service "hydra-evaluator" "hydra" {
        wants = [ "network-online.target" ];
        after = [ "hydra-init.service" "network.target" "network-online.target" ];
        serviceConfig.WorkingDirectory = state;
      })
      (service "hydra-update-gc-roots" "hydra" {
        wantedBy = [ ];
        startAt = "2,14:15";
        serviceConfig.Restart = "no";
      })
      (service "hydra-send-stats" "hydra" { })
      (service "hydra-notify" runner {
        environment = runnersPassword;
        serviceConfig.RestartSec = 5;
      })
      (lib.nameValuePair "hydra-check-space" {
        description = "Hydra: room on the disk";
        startAt = "*:0/5";
        script = ''
          free=$(($(stat -f -c '%a * %S' /nix/store)))
          ${spaceFor runner cfg.minimumDiskFree}
          ${spaceFor "hydra-evaluator" cfg.minimumDiskFreeEvaluator}
        '';
      })
      (lib.nameValuePair "hydra-compress-logs" {
        description = "Hydra: old logs, made smaller";
        startAt = "Sun 01:45";
        path = [ pkgs.bzip2 ];
        script = ''
          find ${state}/build-logs -ignore_readdir_race -type f -name '*.drv' -mtime +3 -size +0c -print0 | xargs -0 -r bzip2 -v -f
        '';
        serviceConfig = {
          User = runner;
          Group = "hydra";
        };
      })
    ];
  };
}
