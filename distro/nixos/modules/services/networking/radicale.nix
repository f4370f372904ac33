# Radicale: calendars and addresses by CalDAV and CardDAV.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  cfg = config.services.radicale;
  hardening = import ../../../lib/hardening.nix;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };
  inherit (import ../../../lib/formats { inherit lib; }) ini;
  conf = ini.writer {
    separator = " = ";
    yes = "True";
    no = "False";
    join = lib.concatStringsSep ", ";
  };
  at = option: {
    option = "services.radicale.${option}";
    file = "a configuration file of Radicale's";
  };
  atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str ]);
  sections = types.attrsOf (types.attrsOf (types.either atom (types.listOf atom)));

  content = if cfg.settings == null then cfg.config else conf.file (at "settings") [ ] cfg.settings;
  # It reads the whole configuration before it looks at the collections. Those of a plugin are elsewhere.
  isPlain = builtins.elem (cfg.settings.storage.type or "multifilesystem") [
    "multifilesystem"
    "multifilesystem_nolock"
  ];
  file =
    if isPlain then
      checkedFile {
        name = "radicale.conf";
        text = content;
        packages = [ cfg.package ];
        option =
          if cfg.settings == null then "services.radicale.config" else "services.radicale.settings";
        check =
          ''radicale -C "$file" --storage-filesystem-folder="$PWD/collections" --verify-storage'';
      }
    else
      pkgs.writeText "radicale.conf" content;
  rights = pkgs.writeText "radicale.rights" (conf.file (at "rights") [ ] cfg.rights);
  folder = cfg.settings.storage.filesystem_folder or "/var/lib/radicale/collections";
  bindsToRoot = builtins.any (host: lib.hasSuffix ":80" host || lib.hasSuffix ":443" host) (
    lib.toList (cfg.settings.server.hosts or [ ])
  );
in
{
  options.services.radicale = {
    enable = lib.mkEnableOption "Radicale, a server of calendars and addresses";
    package = lib.mkPackageOption pkgs "radicale" { };
    settings = mkOption {
      type = types.nullOr sections;
      default = null;
      example = {
        server.hosts = [ "0.0.0.0:5232" ];
        auth = {
          type = "htpasswd";
          htpasswd_filename = "/etc/radicale/users";
          htpasswd_encryption = "bcrypt";
        };
      };
      description = "Settings of Radicale by section.";
    };
    config = mkOption {
      type = types.lines;
      default = "";
      description = "The text of the configuration file, instead of `settings`.";
    };
    rights = mkOption {
      type = types.attrsOf (types.attrsOf (types.either atom (types.listOf atom)));
      default = { };
      example = {
        root = {
          user = ".+";
          collection = "";
          permissions = "R";
        };
      };
      description = "Who may do what with which collections. It sets `settings.rights`.";
    };
    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further arguments.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.settings == null || cfg.config == "";
        message =
          "services.radicale.settings and services.radicale.config are both set. Remove one of them.";
      }
    ];
    services.radicale.settings.rights = lib.mkIf (cfg.rights != { }) {
      type = "from_file";
      file = toString rights;
    };

    environment.systemPackages = [ cfg.package ];
    users = import ../../../lib/service-account.nix { inherit lib; } "radicale" {
      description = "Radicale";
      home = "/var/lib/radicale";
    };

    systemd.services.radicale = {
      description = "Radicale";
      after = [ "network.target" ];
      requires = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      serviceConfig = hardening // {
        ExecStart = "${cfg.package}/bin/radicale ${utils.escapeSystemdExecArgs ([ "-C" "${file}" ] ++ cfg.extraArgs)}";
        User = "radicale";
        Group = "radicale";
        StateDirectory = "radicale/collections";
        StateDirectoryMode = "0750";
        AmbientCapabilities = lib.optional bindsToRoot "CAP_NET_BIND_SERVICE";
        CapabilityBoundingSet = if bindsToRoot then [ "CAP_NET_BIND_SERVICE" ] else "";
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "strict";
        ReadWritePaths = lib.optional (!lib.hasPrefix "/var/lib/radicale/" folder) folder;
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_UNIX" ];
        UMask = "0027";
        WorkingDirectory = "/var/lib/radicale";
      };
    };
  };
}
