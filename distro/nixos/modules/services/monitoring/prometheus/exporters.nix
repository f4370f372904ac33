# Exporters of metrics for Prometheus: a unit and a user for each that is enabled.
#
# ./exporters/*.nix are tables: name -> {
#   port;
#   package ? null       its name in `pkgs`, or null: `package` must be set then
#   program ? null       its program, if that is not the package's main program
#   options ? { }        the exporter's own options
#   listen ? cfg: [ ]    the arguments that say where it listens: one called --web.listen-address by default
#   arguments ? cfg: [ ] what else it is started with
#   service ? cfg: { }   what else its unit has
#   dynamic ? true       whether systemd makes its user, instead of an account
#   assertions ? cfg: [ ] }
# where cfg are the values of its options.
{
  config,
  lib,
  options,
  pkgs,
  utils,
  ...
}:

let
  hardening = import ../../../../lib/hardening.nix;
  inherit (lib) mkOption types;
  cfg = config.services.prometheus.exporters;
  inherit (import ../../../../lib/formats/text.nix { inherit lib; }) line refuse;
  arguments = { inherit config lib pkgs utils; };

  table = lib.foldl' (all: file: all // import file arguments) { } [
    ./exporters/databases.nix
    ./exporters/machine.nix
    ./exporters/name-servers.nix
    ./exporters/network.nix
    ./exporters/web.nix
  ];

  optionsOf =
    name: entry:
    {
      enable = lib.mkEnableOption "the exporter of metrics `${name}'";
      package = mkOption {
        type = types.package;
        default =
          if entry.package or null != null then
            pkgs.${entry.package}
          else
            throw (
              "services.prometheus.exporters.${name}.package is not set, and Debian has no such package. Set it to a package that has the "
              + "exporter, for instance one of nixpkgs."
            );
        defaultText = lib.literalExpression (
          if entry.package or null != null then "pkgs.${entry.package}" else "none"
        );
        description = "The package with the exporter.";
      };
      port = mkOption {
        type = types.port;
        default = entry.port;
        description = "The port it listens on.";
      };
      listenAddress = mkOption {
        type = types.str;
        default = "0.0.0.0";
        description = "The address it listens on.";
      };
      extraFlags = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Further arguments, as they stand on the command line of a unit.";
      };
      openFirewall = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the firewall lets connections to the port pass.";
      };
      firewallFilter = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "-i eth0 -p tcp -m tcp --dport ${toString entry.port}";
        description = "Which packets pass with `openFirewall`, in words of iptables.";
      };
      firewallRules = mkOption {
        type = types.nullOr types.lines;
        default = null;
        example = "iifname \"eth0\" tcp dport ${toString entry.port} counter accept";
        description =
          "Rules of nftables that are used with `openFirewall`, instead of one that lets all connections to the port pass.";
      };
      user = mkOption {
        type = types.str;
        default = "${name}-exporter";
        description = "The user it runs as.";
      };
      group = mkOption {
        type = types.str;
        default = "${name}-exporter";
        description = "The group it runs as.";
      };
    }
    // entry.options or { };

  enabled = lib.filterAttrs (name: _: cfg.${name}.enable) table;
  # Without a definition none is enabled, and none is looked at.
  used =
    lib.optionals
      (
        options.services.prometheus.exporters.isDefined
        && options.services.prometheus.exporters.highestPrio < 1500
      )
      (lib.mapAttrsToList (name: entry: rec {
        inherit name entry;
        own = cfg.${name};
        dynamic = entry.dynamic or true && own.user == "${name}-exporter";
      }) enabled);
  forUsed = f: lib.mkMerge (map f used);

  at = name: option: {
    option = "services.prometheus.exporters.${name}.${option}";
    file = "a unit";
  };

  # What a filter of iptables says, in nftables' words.
  filterRule =
    at: filter:
    let
      words = builtins.filter (word: word != "") (lib.splitString " " (line at filter));
      refused =
        refuse
          at
          "anything but the matches -i, -s, -d, -p, -m and --dport with plain values: use firewallRules";
      ports = lib.replaceStrings [ ":" ] [ "-" ];
      address = value: if lib.hasInfix ":" value then "ip6" else "ip";
      translate =
        protocol: rest:
        let
          value = lib.head (lib.tail rest);
          continue = text: [ text ] ++ translate protocol (lib.drop 2 rest);
          plain = builtins.match "[a-zA-Z0-9_.:/+-]+" value != null;
        in
        if rest == [ ] then
          [ ]
        else if lib.length rest < 2 || !plain then
          refused filter
        else
          {
            "-i" = continue "iifname \"${lib.replaceStrings [ "+" ] [ "*" ] value}\"";
            "-s" = continue "${address value} saddr ${value}";
            "-d" = continue "${address value} daddr ${value}";
            "-p" = [ "meta l4proto ${value}" ] ++ translate value (lib.drop 2 rest);
            # The match of the protocol itself, which --dport needs.
            "-m" =
              if value == protocol then translate protocol (lib.drop 2 rest) else refused filter;
            "--dport" =
              if protocol == null then
                refused filter
              else
                continue "${protocol} dport ${ports value}";
          }.${lib.head rest} or (refused filter);
    in
    lib.concatStringsSep " " (translate null words);

  # { raw } is written as it is, for systemd's variables.
  argument = arg: arg.raw or (utils.escapeSystemdExecArg arg);

  unitOf =
    {
      name,
      entry,
      own,
      dynamic,
    }:
    let
      listen =
        entry.listen or (own: [ "--web.listen-address=${own.listenAddress}:${toString own.port}" ])
          own;
      start = lib.concatStringsSep " " (
        [
          (
            if entry.program or null != null then
              "${own.package}/bin/${entry.program}"
            else
              lib.getExe own.package
          )
        ]
        ++ map argument (listen ++ entry.arguments or (_: [ ]) own)
        ++ map (line (at name "extraFlags")) own.extraFlags
      );
    in
    lib.mkMerge [
      {
        description = "Metrics of ${name} for Prometheus";
        wantedBy = [ "multi-user.target" ];
        after = [ "network.target" ];
        serviceConfig = lib.mapAttrs (_: lib.mkDefault) (hardening // {
          ExecStart = start;
          Restart = "always";
          PrivateTmp = true;
          WorkingDirectory = "/tmp";
          DynamicUser = dynamic;
          User = line (at name "user") own.user;
          Group = line (at name "group") own.group;
          CapabilityBoundingSet = [ "" ];
          DeviceAllow = [ "" ];
          MemoryDenyWriteExecute = true;
          NoNewPrivileges = true;
          PrivateDevices = true;
          ProtectHome = true;
          ProtectSystem = "strict";
          RemoveIPC = true;
          RestrictAddressFamilies = [ "AF_INET" "AF_INET6" ];
          UMask = "0077";
        });
      }
      (entry.service or (_: { }) own)
    ];
in
{
  options.services.prometheus.exporters = mkOption {
    type = types.submodule {
      options = lib.mapAttrs (
        name: entry:
        mkOption {
          type = types.submodule { options = optionsOf name entry; };
          default = { };
          description = "The exporter `${name}`.";
        }
      ) table;
    };
    default = { };
    example = {
      node = {
        enable = true;
        enabledCollectors = [ "systemd" ];
      };
    };
    description = "Exporters of metrics, by name.";
  };

  config = {
    systemd.services = forUsed (e: { "prometheus-${e.name}-exporter" = unitOf e; });

    users.users = forUsed (
      e:
      lib.mkIf (!e.dynamic && e.own.user == "${e.name}-exporter") {
        ${e.own.user} = {
          description = "Metrics of ${e.name}";
          isSystemUser = true;
          inherit (e.own) group;
        };
      }
    );
    users.groups = forUsed (
      e: lib.mkIf (!e.dynamic && e.own.group == "${e.name}-exporter") { ${e.own.group} = { }; }
    );

    networking.firewall = forUsed (
      e:
      lib.mkIf e.own.openFirewall (
        if e.own.firewallRules != null then
          { extraInputRules = e.own.firewallRules; }
        else if e.own.firewallFilter != null then
          {
            extraInputRules = "${
              filterRule
                (at e.name "firewallFilter" // { file = "the firewall's rules"; })
                e.own.firewallFilter
            } accept";
          }
        else
          { allowedTCPPorts = [ e.own.port ]; }
      )
    );

    assertions = lib.concatMap (
      e:
      [
        {
          assertion =
            e.own.firewallFilter == null && e.own.firewallRules == null || e.own.openFirewall;
          message =
            "services.prometheus.exporters.${e.name} has firewallFilter or firewallRules, which have no effect without openFirewall. Set "
            + "openFirewall = true, or remove them.";
        }
      ]
      ++ map (a: a // { message = "services.prometheus.exporters.${e.name}${a.message}"; }) (
        e.entry.assertions or (_: [ ]) e.own
      )
    ) used;
  };
}
