# Modules of servers that consist of a program, an account, a directory and a port.
#
# `name` is the service's, `title` what people call it, `packageName` the package in nixpkgs, `port` its port, `dataDir` its directory.
# `command` gives the words of its command line for its options. Further: `portOption`, the name of the option for the port, if there is
# one; `options` and `environment`, more of them; `settings`, the prefix of variables for an option `settings` of sections.
{
  name,
  title,
  packageName ? name,
  port,
  portOption ? null,
  dataDir,
  dataDescription ? "Where its configuration and its data are.",
  command,
  options ? { },
  environment ? _: { },
  serviceConfig ? _: { },
  settings ? null,
  udpPorts ? [ ],
  tcpPorts ? [ ],
}:
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkIf mkOption;
  types = import ./line-types.nix { inherit lib; };
  cfg = config.services.${name};
  inherit (import ./formats { inherit lib; }) text;
  foreignPackage = import ./foreign-package.nix { inherit lib pkgs; };
  account = import ./service-account.nix { inherit lib; } name {
    inherit (cfg) user group;
    description = title;
    home = cfg.dataDir;
  };
  usedPort =
    if settings != null then
      cfg.settings.server.port
    else if portOption != null then
      cfg.${portOption}
    else
      port;

  atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str ]);
  variables = lib.concatMapAttrs (
    section: values:
    lib.mapAttrs' (
      key: value:
      lib.nameValuePair "${settings}__${lib.toUpper section}__${lib.toUpper key}" (
        if builtins.isBool value then lib.boolToString value else toString value
      )
    ) (lib.filterAttrs (_: value: value != null) values)
  ) cfg.settings;
in
{
  options.services.${name} =
    {
      enable = lib.mkEnableOption title;
      package = foreignPackage {
        option = "services.${name}.package";
        name = packageName;
      };
      dataDir = mkOption {
        type = types.path;
        default = dataDir;
        description = dataDescription;
      };
      openFirewall = mkOption {
        type = types.bool;
        default = false;
        description = "Whether its port is open in the firewall.";
      };
      user = mkOption {
        type = types.str;
        default = name;
        description = "The user as whom it runs.";
      };
      group = mkOption {
        type = types.str;
        default = name;
        description = "The group in which it runs.";
      };
    }
    // lib.optionalAttrs (portOption != null) {
      ${portOption} = mkOption {
        type = types.port;
        default = port;
        description = "The port at which it listens.";
      };
    }
    // lib.optionalAttrs (settings != null) {
      settings = mkOption {
        type = types.submodule {
          freeformType = types.attrsOf (types.attrsOf atom);
          options = {
            update.mechanism = mkOption {
              type = types.nullOr (types.enum [ "external" "builtIn" "script" ]);
              default = "external";
              description = "How it is updated.";
            };
            update.automatically = mkOption {
              type = types.bool;
              default = false;
              description = "Whether it updates itself.";
            };
            server.port = mkOption {
              type = types.port;
              default = port;
              description = "The port at which it listens.";
            };
            log.analyticsEnabled = mkOption {
              type = types.bool;
              default = false;
              description = "Whether it reports how it is used.";
            };
          };
        };
        default = { };
        description =
          "Settings by section, which it gets as variables `${settings}__SECTION__KEY`.";
      };
      environmentFiles = mkOption {
        type = types.listOf types.machineFile;
        default = [ ];
        example = [ "/run/secrets/${name}.env" ];
        description =
          "Files in the machine with further variables, such as `${settings}__AUTH__APIKEY`.";
      };
    }
    // lib.mapAttrs (_: option: option { inherit lib cfg; }) options;

  config = mkIf cfg.enable {
    users = account;
    systemd.tmpfiles.settings.${name}.${cfg.dataDir}.d = {
      inherit (cfg) user group;
      mode = "0700";
    };
    systemd.services.${name} = {
      description = title;
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
      wantedBy = [ "multi-user.target" ];
      environment = environment cfg // lib.optionalAttrs (settings != null) variables;
      serviceConfig = {
        User = cfg.user;
        Group = cfg.group;
        ExecStart = lib.escapeShellArgs (
          map
            (text.line {
              option = "services.${name}";
              file = "a unit";
            })
            (command cfg)
        );
        EnvironmentFile = lib.optionals (settings != null) cfg.environmentFiles;
        Restart = "on-failure";
      } // serviceConfig cfg;
    };
    networking.firewall = mkIf cfg.openFirewall {
      allowedTCPPorts = [ usedPort ] ++ tcpPorts;
      allowedUDPPorts = udpPorts;
    };
  };
}
