# BIND, a name server: authoritative for zones, and a resolver for the networks that may use it.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkIf mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  inherit (import ../../../lib/set-types.nix { inherit lib; }) checkedListOf setWith;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };
  cfg = config.services.bind;
  account = import ../../../lib/service-account.nix { inherit lib; } "named" {
    description = "BIND";
  };

  at = option: {
    option = "services.bind.${option}";
    file = "named.conf";
  };
  # An element of a list: an address, the name of an ACL, `! key "x"'.
  element =
    text.restrict
      "[^;{}[:cntrl:]]+"
      "`;', braces or line breaks in an element of a list, nor be empty";
  elements = option: list: "{ ${lib.concatMapStrings (e: "${element (at option) e}; ") list}}";
  string =
    option: value:
    "\"${text.restrict "[^\"\\[:cntrl:]]*" "quotes, backslashes or line breaks" (at option) value}\"";
  # A file of the flake is copied to the store; others are the machine's.
  pathOf =
    file:
    if builtins.isPath file && lib.hasPrefix "${builtins.storeDir}/" (toString file) then
      "${file}"
    else
      toString file;
  lines = content: lib.optionalString (content != "") (lib.removeSuffix "\n" content + "\n");

  zone =
    attribute: z:
    let
      option = name: "zones.${lib.strings.escapeNixIdentifier attribute}.${name}";
      list = name: elements (option name) z.${name};
    in
    ''
      zone ${string (option "name") z.name} {
        type ${if z.master then "master" else "slave"};
        file ${string (option "file") (pathOf z.file)};
        ${if z.master then "allow-transfer ${list "slaves"}" else "masters ${list "masters"}"};
        allow-query ${list "allowQuery"};
    ''
    + lines z.extraConfig
    + "};\n";

  # The key of rndc is made in the machine.
  controls = ''
    include "/etc/bind/rndc.key";
    controls { inet 127.0.0.1 allow { localhost; } keys { "rndc-key"; }; };
  '';
  configuration =
    directory:
    ''
      acl cachenetworks ${elements "cacheNetworks" cfg.cacheNetworks};
      acl badnetworks ${elements "blockedNetworks" cfg.blockedNetworks};
      options {
        listen-on port ${toString cfg.listenOnPort} ${elements "listenOn" cfg.listenOn};
        listen-on-v6 port ${toString cfg.listenOnIpv6Port} ${elements "listenOnIpv6" cfg.listenOnIpv6};
        allow-query { cachenetworks; };
        blackhole { badnetworks; };
        forward ${cfg.forward};
        forwarders ${elements "forwarders" cfg.forwarders};
        directory ${string "directory" directory};
        pid-file "/run/named/named.pid";
    ''
    + lines cfg.extraOptions
    + "};\n"
    + lines cfg.extraConfig
    + lib.concatStrings (lib.mapAttrsToList zone cfg.zones);

  # Files that the configuration includes are the machine's, and may have what the rest needs.
  includes = lib.hasInfix "include" (configuration "/");
  ofStore = lib.filterAttrs (
    _: z: z.master && lib.hasPrefix "${builtins.storeDir}/" (pathOf z.file)
  ) cfg.zones;
  file =
    if includes then
      pkgs.writeText "named.conf" (controls + configuration cfg.directory)
    else
      checkedFile {
        name = "named.conf";
        text = controls + configuration cfg.directory;
        checked = configuration "/";
        packages = [ cfg.package ];
        option = "services.bind";
        check =
          ''named-checkconf "$file"''
          + lib.concatStrings (
            lib.mapAttrsToList (
              _: z:
              " && named-checkzone ${lib.escapeShellArg z.name} ${lib.escapeShellArg (pathOf z.file)}"
            ) ofStore
          );
      };

  list =
    default: description:
    mkOption {
      type = types.listOf types.str;
      inherit default description;
    };
  port =
    description:
    mkOption {
      type = types.port;
      default = 53;
      inherit description;
    };
  zoneType = types.submodule (
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          description = "The zone's name.";
        };
        master = mkOption {
          type = types.bool;
          description = "Whether this is its primary server; a secondary one has `masters`.";
        };
        file = mkOption {
          type = types.either types.path types.str;
          description = "The file of the zone, also one of the machine.";
        };
        masters = list [ ] "The servers from which a secondary server has the zone.";
        slaves = list [ ] "Who may have the whole zone.";
        allowQuery = list [ "any" ] "Who may ask about the zone.";
        extraConfig = mkOption {
          type = types.lines;
          default = "";
          description = "Further lines in the zone's clause.";
        };
      };
    }
  );
in
{
  options.services.bind = {
    enable = lib.mkEnableOption "BIND, a name server";
    package = lib.mkPackageOption pkgs "bind" { };
    cacheNetworks = list [
      "127.0.0.0/8"
      "::1/128"
    ] "The networks that may use it as a resolver; all may ask about its zones.";
    blockedNetworks = list [ ] "The networks that get no reply.";
    ipv4Only = mkOption {
      type = types.bool;
      default = false;
      description = "Whether only IPv4 is used.";
    };
    forwarders = mkOption {
      type = types.listOf types.str;
      default = config.networking.nameservers;
      defaultText = lib.literalExpression "config.networking.nameservers";
      description = "The resolvers that it asks.";
    };
    forward = mkOption {
      type = types.enum [ "first" "only" ];
      default = "first";
      description = "Whether it resolves names itself when these do not, or never.";
    };
    listenOn = list [ "any" ] "The addresses at which it listens.";
    listenOnPort = port "The port at these addresses.";
    listenOnIpv6 = list [ "any" ] "The addresses of IPv6 at which it listens.";
    listenOnIpv6Port = port "The port at these addresses.";
    directory = mkOption {
      type = types.str;
      default = "/run/named";
      description = "The folder for files without a path.";
    };
    zones = mkOption {
      # Before 21.05 they were a list.
      type = types.coercedTo (checkedListOf (setWith { required.name = types.str; })) (
        zones:
        builtins.listToAttrs (map (z: lib.nameValuePair z.name ({ master = true; } // z)) zones)
      ) (types.attrsOf zoneType);
      default = { };
      example = {
        "example.com" = {
          master = true;
          file = "/var/dns/example.com";
        };
      };
      description = "The zones that it has.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines of named.conf.";
    };
    extraOptions = mkOption {
      type = types.lines;
      default = "";
      description = "Further lines in the clause `options`.";
    };
    extraArgs = list [ ] "Further arguments of named.";
    configFile = mkOption {
      type = types.path;
      default = file;
      defaultText = lib.literalMD "one that the other options make";
      description = "The whole named.conf, in place of all other options.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    networking.resolvconf.useLocalResolver = lib.mkDefault true;
    users = account;

    systemd.tmpfiles.settings.bind =
      {
        "/etc/bind".d = {
          user = "named";
          group = "named";
          mode = "0755";
        };
      }
      // lib.optionalAttrs (cfg.directory != "/run/named") {
        ${cfg.directory}.d = {
          user = "named";
          group = "named";
        };
      };

    systemd.services.bind = {
      description = "BIND, a name server";
      unitConfig.Documentation = "man:named(8)";
      after = [ "network.target" ];
      wants = [ "nss-lookup.target" ];
      before = [ "nss-lookup.target" ];
      wantedBy = [ "multi-user.target" ];
      preStart = ''
        if ! [ -s /etc/bind/rndc.key ]; then
          ${cfg.package}/bin/rndc-confgen -c /etc/bind/rndc.key -a -A hmac-sha256
        fi
      '';
      serviceConfig = {
        Type = "notify";
        ExecStart =
          "${cfg.package}/bin/named "
          + utils.escapeSystemdExecArgs ([
            "-f"
            "-c"
            cfg.configFile
          ] ++ lib.optional cfg.ipv4Only "-4")
          + " ${utils.escapeSystemdExecWords cfg.extraArgs}";
        ExecReload = "${cfg.package}/bin/rndc -k /etc/bind/rndc.key reload";
        ExecStop = "${cfg.package}/bin/rndc -k /etc/bind/rndc.key stop";
        Restart = "on-failure";
        User = "named";
        RuntimeDirectory = "named";
        RuntimeDirectoryPreserve = true;
        AmbientCapabilities = [ "CAP_NET_BIND_SERVICE" ];
        CapabilityBoundingSet = [ "CAP_NET_BIND_SERVICE" ];
        inherit (import ../../../lib/hardening.nix)
          LockPersonality
          ProtectControlGroups
          ProtectKernelModules
          ProtectKernelTunables
          RestrictRealtime
          RestrictSUIDSGID
          SystemCallArchitectures
          ;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        # Zones may be anywhere, and secondary servers write them.
        ProtectSystem = "true";
      };
    };
  };
}
