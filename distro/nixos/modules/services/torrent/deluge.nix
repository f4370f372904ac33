# Deluge's daemon, which downloads by BitTorrent, and its web interface.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) escapeShellArg mkIf mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/set-types.nix { inherit lib; }) setWith;
  cfg = config.services.deluge;
  account = import ../../../lib/service-account.nix { inherit lib; } "deluge" {
    inherit (cfg) user group;
    description = "Deluge";
    home = cfg.dataDir;
    createHome = true;
  };
  isDebian = import ../../../../pkgs/is-debian.nix cfg.package;
  # Debian has a package for each program.
  program =
    name:
    if isDebian then "${pkgs.debianPackages.${name}}/bin/${name}" else "${cfg.package}/bin/${name}";

  # Without the one for desktops.
  programs =
    if isDebian then
      [ pkgs.debianPackages.deluged pkgs.debianPackages.deluge-console ]
      ++ lib.optional cfg.web.enable pkgs.debianPackages.deluge-web
    else
      [ cfg.package ];

  configDir = "${cfg.dataDir}/.config/deluge";
  marker = "${configDir}/.declarative";
  # Deluge reads two values of JSON: the format of the file, and the settings.
  coreConf = pkgs.writeText "deluge-core.conf" (
    builtins.toJSON {
      file = 1;
      format = 1;
    }
    + builtins.toJSON cfg.config
  );
  links = lib.concatStrings (
    lib.mapAttrsToList
      (name: file: ''
        # What was there before is kept once.
        if [ ! -e ${escapeShellArg marker} ] && [ -e ${escapeShellArg "${configDir}/${name}"} ]; then
          mv ${escapeShellArg "${configDir}/${name}"} ${escapeShellArg "${configDir}/${name}.stateful"}
        fi
        ln -sfn ${escapeShellArg "${file}"} ${escapeShellArg "${configDir}/${name}"}
      '')
      {
        "core.conf" = coreConf;
        auth = cfg.authFile;
      }
  );
  places = builtins.filter (name: cfg.config ? ${name}) [
    "download_location"
    "torrentfiles_location"
    "move_completed_path"
  ];
  ports = cfg.config.listen_ports or [ 6881 6889 ];
  range = {
    from = builtins.head ports;
    to = lib.last ports;
  };

  directory = path: {
    ${path}.d = {
      inherit (cfg) user group;
      mode = "0770";
    };
  };
in
{
  options.services.deluge = {
    enable = lib.mkEnableOption "Deluge's daemon, which downloads by BitTorrent";
    package = lib.mkPackageOption pkgs "deluge" { };
    openFilesLimit = mkOption {
      type = types.either types.int types.str;
      default = 4096;
      description = "How many files it may have open.";
    };
    declarative = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether `config` and `authFile` are used, and nothing that is set by hand lasts.";
    };
    config = mkOption {
      type = setWith {
        known = {
          download_location = types.path;
          torrentfiles_location = types.path;
          move_completed_path = types.path;
          listen_ports =
            types.addCheck (types.listOf types.port) (ports: builtins.length ports == 2)
            // {
              description = "list of the first and the last port";
            };
          random_port = types.bool;
        };
        other = (pkgs.formats.json { }).type;
      };
      default = { };
      example = {
        download_location = "/srv/torrents";
        allow_remote = true;
      };
      description = "Settings of core.conf. They need `declarative`.";
    };
    authFile = mkOption {
      type = types.machineFile;
      example = "/run/secrets/deluge-auth";
      description = "A file in the machine with lines USER:PASSWORD:LEVEL. It needs `declarative`.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the ports of `config.listen_ports` are open in the firewall. It needs `declarative`.";
    };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/deluge";
      description = "Where its files are.";
    };
    user = mkOption {
      type = types.str;
      default = "deluge";
      description = "The user as whom it runs.";
    };
    group = mkOption {
      type = types.str;
      default = "deluge";
      description = "The group in which it runs.";
    };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description =
        "Further packages whose programs plugins can use, beside unzip, tar, xz and bzip2.";
    };
    web = {
      enable = lib.mkEnableOption "Deluge's web interface";
      port = mkOption {
        type = types.port;
        default = 8112;
        description = "The port of the web interface.";
      };
      openFirewall = mkOption {
        type = types.bool;
        default = false;
        description = "Whether this port is open in the firewall.";
      };
    };
  };

  config = mkIf cfg.enable {
    warnings = lib.optional (!cfg.declarative && (cfg.config != { } || cfg.openFirewall)) (
      "services.deluge.config and services.deluge.openFirewall have no effect without services.deluge.declarative = true. Set it, or "
      + "remove them."
    );
    environment.systemPackages = programs;
    users = account;

    systemd.tmpfiles.settings.deluge = lib.mkMerge (
      map directory [ cfg.dataDir "${cfg.dataDir}/.config" configDir ]
      ++ map (name: directory cfg.config.${name}) (lib.optionals cfg.declarative places)
    );

    systemd.services.deluged = {
      description = "Deluge";
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      path = [ pkgs.unzip pkgs.gnutar pkgs.xz pkgs.bzip2 ] ++ cfg.extraPackages;
      preStart =
        if cfg.declarative then
          "mkdir -p ${escapeShellArg configDir}\n${links}touch ${escapeShellArg marker}\n"
        else
          "rm -f ${escapeShellArg marker}\n";
      serviceConfig = {
        ExecStart =
          "${program "deluged"} --do-not-daemonize --config ${utils.escapeSystemdExecArg configDir}";
        # Users may ask it to end, and it is started again.
        Restart = "on-success";
        User = cfg.user;
        Group = cfg.group;
        UMask = "0002";
        LimitNOFILE = cfg.openFilesLimit;
      };
    };
    systemd.services.delugeweb = mkIf cfg.web.enable {
      description = "Deluge's web interface";
      after = [ "network.target" "deluged.service" ];
      requires = [ "deluged.service" ];
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        ExecStart =
          "${program "deluge-web"} --do-not-daemonize --config ${utils.escapeSystemdExecArg configDir} --port ${toString cfg.web.port}";
        User = cfg.user;
        Group = cfg.group;
      };
    };

    networking.firewall =
      let
        isOpen = cfg.declarative && cfg.openFirewall && !(cfg.config.random_port or true);
      in
      {
        allowedTCPPortRanges = lib.optional isOpen range;
        allowedUDPPortRanges = lib.optional isOpen range;
        allowedTCPPorts = lib.optional cfg.web.openFirewall cfg.web.port;
      };
  };
}
