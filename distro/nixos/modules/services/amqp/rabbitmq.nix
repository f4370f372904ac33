# RabbitMQ, which passes messages between programs.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkDefault mkIf mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/formats { inherit lib; }) text;
  cfg = config.services.rabbitmq;
  isDebian = import ../../../../pkgs/is-debian.nix cfg.package;

  at = name: {
    option = lib.showOption [ "services" "rabbitmq" "configItems" name ];
    file = "rabbitmq.conf";
  };
  item =
    name: value:
    "${
      text.restrict
        "[^=#[:space:][:cntrl:]]+"
        "blanks, `=', `#' or line breaks in its name"
        (at name)
        name
    } = ${text.line (at name) value}\n";
  plugin =
    text.restrict
      "[a-z][a-z0-9_]*"
      "anything but small letters, digits and `_' in a plugin's name"
      {
        option = "services.rabbitmq.plugins";
        file = "enabled_plugins";
      };

  # Debian's program for users writes its output to files.
  programs = if isDebian then "/usr/lib/rabbitmq/bin" else "${cfg.package}/bin";
  ownPlugins =
    if isDebian then
      [ "/usr/lib/rabbitmq/lib/rabbitmq_server-${cfg.package.version}/plugins" ]
    else
      [ "${cfg.package}/plugins" ];
  cookie = lib.escapeShellArg "${cfg.dataDir}/.erlang.cookie";
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "rabbitmq" "cookie" ]
      [ "services" "rabbitmq" "unsafeCookie" ]
    )
  ];

  options.services.rabbitmq = {
    enable = lib.mkEnableOption "RabbitMQ, which passes messages between programs";
    package = lib.mkPackageOption pkgs "rabbitmq-server" { };
    listenAddress = mkOption {
      type = types.str;
      default = "127.0.0.1";
      example = "";
      description =
        "The address at which it listens; \"\" for all. Its user `guest` may only log in from the machine itself.";
    };
    port = mkOption {
      type = types.port;
      default = 5672;
      description = "The port of AMQP.";
    };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/rabbitmq";
      description = "The folder of its data.";
    };
    unsafeCookie = mkOption {
      type = types.str;
      default = "";
      description =
        "What members of a cluster know each other by; \"\" for one that is made in the machine. It is in the store, which all users may "
        + "read: a file at `dataDir`/.erlang.cookie is safer.";
    };
    configItems = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = { "vm_memory_high_watermark.relative" = "0.6"; };
      description = "The settings of rabbitmq.conf.";
    };
    config = mkOption {
      type = types.lines;
      default = "";
      description = "The text of advanced.config, in Erlang's notation.";
    };
    plugins = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "rabbitmq_mqtt" ];
      description = "The plugins that are on.";
    };
    pluginDirs = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Folders of further plugins.";
    };
    managementPlugin = {
      enable = lib.mkEnableOption "the pages and the HTTP interface by which it is managed";
      port = mkOption {
        type = types.port;
        default = 15672;
        description = "Their port.";
      };
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.epmd.enable = true;

    services.rabbitmq.plugins = mkIf cfg.managementPlugin.enable [ "rabbitmq_management" ];
    services.rabbitmq.configItems =
      {
        "listeners.tcp.1" = mkDefault "${cfg.listenAddress}:${toString cfg.port}";
      }
      // lib.optionalAttrs cfg.managementPlugin.enable (
        {
          "management.tcp.port" = mkDefault (toString cfg.managementPlugin.port);
        }
        // lib.optionalAttrs (cfg.listenAddress != "") {
          "management.tcp.ip" = mkDefault cfg.listenAddress;
        }
      );

    environment.etc = {
      "rabbitmq/rabbitmq.conf".text = lib.concatStrings (lib.mapAttrsToList item cfg.configItems);
      "rabbitmq/enabled_plugins".text = "[${lib.concatMapStringsSep "," plugin cfg.plugins}].\n";
      "rabbitmq/advanced.config" = mkIf (cfg.config != "") { text = cfg.config; };
    };

    users = import ../../../lib/service-account.nix { inherit lib; } "rabbitmq" {
      description = "RabbitMQ";
      home = cfg.dataDir;
      createHome = true;
    };

    systemd.services.rabbitmq = {
      description = "RabbitMQ, which passes messages between programs";
      after = [ "network.target" "epmd.socket" ];
      wants = [ "network.target" "epmd.socket" ];
      wantedBy = [ "multi-user.target" ];
      path = [ cfg.package config.services.epmd.package ];
      restartTriggers = map (name: config.environment.etc."rabbitmq/${name}".text) ([
        "rabbitmq.conf"
        "enabled_plugins"
      ] ++ lib.optional (cfg.config != "") "advanced.config");
      environment =
        {
          HOME = cfg.dataDir;
          RABBITMQ_MNESIA_BASE = "${cfg.dataDir}/mnesia";
          RABBITMQ_LOGS = "-";
          SYS_PREFIX = "";
          RABBITMQ_CONFIG_FILE = "/etc/rabbitmq/rabbitmq.conf";
          RABBITMQ_ENABLED_PLUGINS_FILE = "/etc/rabbitmq/enabled_plugins";
        }
        // lib.optionalAttrs (cfg.pluginDirs != [ ]) {
          RABBITMQ_PLUGINS_DIR = lib.concatMapStringsSep ":" toString (
            ownPlugins ++ cfg.pluginDirs
          );
        }
        // lib.optionalAttrs (cfg.config != "") {
          RABBITMQ_ADVANCED_CONFIG_FILE = "/etc/rabbitmq/advanced.config";
        };
      preStart =
        if cfg.unsafeCookie != "" then
          ''
            umask 077
            rm -f ${cookie}
            printf %s ${lib.escapeShellArg cfg.unsafeCookie} > ${cookie}
            chmod 0400 ${cookie}
          ''
        else
          ''
            if ! [ -s ${cookie} ]; then
              umask 077
              head -c 42 /dev/urandom | base64 -w 0 > ${cookie}
              chmod 0400 ${cookie}
            fi
          '';
      serviceConfig = {
        Type = "notify";
        NotifyAccess = "all";
        ExecStart = "${programs}/rabbitmq-server";
        ExecStop = "${programs}/rabbitmqctl shutdown";
        User = "rabbitmq";
        Group = "rabbitmq";
        LogsDirectory = "rabbitmq";
        WorkingDirectory = cfg.dataDir;
        UMask = "0027";
        LimitNOFILE = "100000";
        Restart = "on-failure";
        RestartSec = "10";
        TimeoutStartSec = "3600";
      };
    };
  };
}
