# Unbound, a DNS resolver that validates.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkDefault mkIf mkOption types;
  cfg = config.services.unbound;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  checkedEtc = import ../../../lib/checked-etc.nix { inherit lib; };
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };

  at = path: {
    option = lib.showOption ([ "services" "unbound" ] ++ path);
    file = "unbound.conf";
  };
  key =
    text.restrict "[a-zA-Z0-9_-]+" "anything but letters, digits, `_' and `-' in a setting's name";
  atom =
    path: value:
    if value == true then
      "yes"
    else if value == false then
      "no"
    else
      text.line (at path) (toString value);

  # Lists are lines of the same name; sets are clauses, of which a list has several.
  setting =
    indent: path: name: value:
    let
      here = path ++ [ name ];
    in
    if lib.isList value then
      lib.concatMapStrings (setting indent path name) value
    else if lib.isAttrs value then
      "${indent}${key (at here) name}:\n"
      + lib.concatStrings (lib.mapAttrsToList (setting "${indent}  " here) value)
    else
      "${indent}${key (at here) name}: ${atom here value}\n";

  # Tags are defined before what uses them.
  textOf =
    settings:
    let
      tags = settings.server.define-tag or "";
      server = removeAttrs settings.server [ "define-tag" ];
    in
    "server:\n"
    + lib.optionalString (tags != "") (setting "  " [ "settings" "server" ] "define-tag" tags)
    + lib.concatStrings (lib.mapAttrsToList (setting "  " [ "settings" "server" ]) server)
    + lib.concatStrings (
      lib.mapAttrsToList (setting "" [ "settings" ]) (removeAttrs settings [ "server" ])
    );

  # Files and folders of the machine are not there while building.
  isOfMachine =
    value:
    lib.isString value && lib.hasPrefix "/" value && !(lib.hasPrefix "${builtins.storeDir}/" value);
  withoutFiles =
    value:
    if lib.isAttrs value then
      lib.mapAttrs (_: withoutFiles) (lib.filterAttrs (_: v: !isOfMachine v) value)
    else if lib.isList value then
      map withoutFiles (builtins.filter (v: !isOfMachine v) value)
    else
      value;
  checkedSettings =
    let
      settings = withoutFiles cfg.settings;
    in
    settings // { server = settings.server // { directory = "."; }; };

  whole = textOf cfg.settings;
  file =
    if cfg.checkconf then
      checkedEtc whole (
        checkedFile {
          name = "unbound.conf";
          text = whole;
          checked = textOf checkedSettings;
          packages = [ cfg.package ];
          option = "services.unbound.settings";
          check = ''unbound-checkconf "$file"'';
        }
      )
    else
      { text = whole; };

  atomType = types.oneOf [ types.int types.str types.bool types.float ];
  clauseType = types.either atomType (
    types.attrsOf (types.either atomType (types.listOf atomType))
  );
  valueType = types.either clauseType (types.listOf clauseType);
  anchor = "${cfg.stateDir}/root.key";
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "unbound" "interfaces" ]
      [ "services" "unbound" "settings" "server" "interface" ]
    )
    (lib.mkChangedOptionModule
      [ "services" "unbound" "allowedAccess" ]
      [ "services" "unbound" "settings" "server" "access-control" ]
      (config: map (network: "${network} allow") (lib.toList config.services.unbound.allowedAccess))
    )
    (lib.mkRemovedOptionModule
      [ "services" "unbound" "forwardAddresses" ]
      "Use services.unbound.settings.forward-zone = [ { name = \".\"; forward-addr = [ ... ]; } ]."
    )
    (lib.mkRemovedOptionModule [
      "services"
      "unbound"
      "extraConfig"
    ] "Use services.unbound.settings.")
  ];

  options.services.unbound = {
    enable = lib.mkEnableOption "Unbound, a DNS resolver that validates replies";
    package = lib.mkPackageOption pkgs "unbound-with-systemd" { };
    user = mkOption {
      type = types.str;
      default = "unbound";
      description = "The user as whom it runs.";
    };
    group = mkOption {
      type = types.str;
      default = "unbound";
      description = "The group with which it runs.";
    };
    stateDir = mkOption {
      type = types.path;
      default = "/var/lib/unbound";
      description = "The folder of its keys and trust anchors.";
    };
    checkconf = mkOption {
      type = types.bool;
      default = !cfg.settings ? include && !cfg.settings.server ? include;
      defaultText = lib.literalMD "unless the settings include a file of the machine";
      description =
        "Whether the configuration is checked while building. Settings that are files of the machine are left out of the check.";
    };
    resolveLocalQueries = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the machine itself resolves host names with it.";
    };
    enableRootTrustAnchor = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether replies are validated from the root on. Its key is the one of Debian's package dns-root-data at first, and kept up "
        + "to date.";
    };
    localControlSocketPath = mkOption {
      type = types.nullOr types.singleLineStr;
      default = null;
      example = "/run/unbound/unbound.ctl";
      description =
        "The socket for unbound-control, which the group may use; null for none. It is in /run/unbound, or in a folder that is there.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf valueType;
        options.remote-control.control-enable = mkOption {
          type = types.bool;
          default = false;
          internal = true;
          description = "Whether unbound-control may be used.";
        };
      };
      default = { };
      example = {
        server.interface = [ "127.0.0.1" ];
        forward-zone = [
          {
            name = ".";
            forward-addr = "1.1.1.1@853#cloudflare-dns.com";
          }
        ];
      };
      description =
        "The clauses of unbound.conf(5) and their settings. Several values of a setting, or clauses of a name, are a list.";
    };
  };

  config = mkIf cfg.enable {
    services.unbound.settings = {
      server = {
        directory = mkDefault cfg.stateDir;
        # The unit has the user, and confines it.
        username = "\"\"";
        chroot = "\"\"";
        pidfile = "\"\"";
        interface = mkDefault ([ "127.0.0.1" ] ++ lib.optional config.networking.enableIPv6 "::1");
        access-control = mkDefault ([
          "127.0.0.0/8 allow"
        ] ++ lib.optional config.networking.enableIPv6 "::1/128 allow");
        auto-trust-anchor-file = mkIf cfg.enableRootTrustAnchor anchor;
        tls-cert-bundle = mkDefault "/etc/ssl/certs/ca-certificates.crt";
        # Addresses of interfaces may come later.
        ip-freebind = mkDefault true;
        define-tag = mkDefault "";
      };
      remote-control =
        {
          control-enable = mkDefault (cfg.localControlSocketPath != null);
        }
        // lib.optionalAttrs (cfg.localControlSocketPath != null) {
          control-interface = cfg.localControlSocketPath;
          control-use-cert = false;
        }
        // lib.optionalAttrs (cfg.localControlSocketPath == null) {
          control-interface = mkDefault ([
            "127.0.0.1"
          ] ++ lib.optional config.networking.enableIPv6 "::1");
          server-key-file = mkDefault "${cfg.stateDir}/unbound_server.key";
          server-cert-file = mkDefault "${cfg.stateDir}/unbound_server.pem";
          control-key-file = mkDefault "${cfg.stateDir}/unbound_control.key";
          control-cert-file = mkDefault "${cfg.stateDir}/unbound_control.pem";
        };
    };

    environment.systemPackages = [ cfg.package ];
    environment.etc."unbound/unbound.conf" = file;
    networking.resolvconf.useLocalResolver = mkIf cfg.resolveLocalQueries (mkDefault true);

    users = import ../../../lib/service-account.nix { inherit lib; } "unbound" {
      inherit (cfg) user group;
      description = "Unbound";
    };

    systemd.services.unbound = {
      description = "Unbound, a DNS resolver";
      after = [ "network.target" ];
      before = [ "nss-lookup.target" ];
      wants = [ "nss-lookup.target" ];
      wantedBy = [ "multi-user.target" ];
      path = mkIf cfg.settings.remote-control.control-enable [ pkgs.openssl ];
      restartTriggers = [ whole ];
      preStart =
        lib.optionalString cfg.enableRootTrustAnchor ''
          anchor=${lib.escapeShellArg anchor}
          if ! [ -s "$anchor" ]; then
            install -m 0644 ${pkgs.debianPackages.dns-root-data}/share/dns/root.key "$anchor.new"
            mv "$anchor.new" "$anchor"
          fi
        ''
        + lib.optionalString
          (
            cfg.settings.remote-control.control-enable
            && cfg.settings.remote-control.control-use-cert or true != false
          )
          ''
            ${cfg.package}/bin/unbound-control-setup -d ${lib.escapeShellArg cfg.stateDir}
          '';
      serviceConfig = {
        Type = "notify";
        NotifyAccess = "main";
        ExecStart = "${cfg.package}/bin/unbound -p -d -c /etc/unbound/unbound.conf";
        ExecReload = "+/bin/kill -HUP $MAINPID";
        User = cfg.user;
        Group = cfg.group;
        Restart = "on-failure";
        RestartSec = "5s";
        AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" "CAP_NET_RAW" ];
        CapabilityBoundingSet = [ "CAP_NET_ADMIN" "CAP_NET_BIND_SERVICE" "CAP_NET_RAW" ];
        StateDirectory = mkIf (lib.hasPrefix "/var/lib/" cfg.stateDir) (
          lib.removePrefix "/var/lib/" cfg.stateDir
        );
        ReadWritePaths = [ cfg.stateDir ];
        RuntimeDirectory = "unbound";
        ConfigurationDirectory = "unbound";
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectKernelModules = true;
        ProtectSystem = "strict";
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_NETLINK" "AF_UNIX" ];
        RestrictRealtime = true;
        SystemCallArchitectures = "native";
        LockPersonality = true;
        RestrictNamespaces = true;
        RestrictSUIDSGID = true;
        MemoryDenyWriteExecute = true;
      };
    };
  };
}
