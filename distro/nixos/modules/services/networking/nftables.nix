# Rules of nftables: those of the firewall and of address translation, the configuration's own tables, and the service that loads them.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.networking.nftables;
  inherit (config.networking) firewall nat;
  inherit (import ../../../lib/formats { inherit lib; }) nftables;

  # The rules that are loaded if nft refuses the others: no new connections, except what the network itself needs.
  closed = ''
    table inet nixos-fw
    delete table inet nixos-fw
    table inet nixos-fw {
      chain input {
        type filter hook input priority filter; policy drop;
        iifname "lo" accept
        ct state { established, related } accept
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept
        ip6 daddr fe80::/64 udp dport 546 accept
      }
      chain forward {
        type filter hook forward priority filter; policy drop;
      }
    }
  '';

  sh = command: utils.escapeSystemdExecArgs [ "/bin/sh" "-c" command ];

  # The lines that remove the tables that were loaded: a reload removes those that a new configuration has no more, and a stop removes all.
  # The shell copies them itself, as the boot waits for this.
  loaded = "/run/nftables.loaded";
  note = "while read -r line; do echo \"$line\"; done < /etc/nftables.clear > ${loaded}";

  # nft loads a file as one transaction: if it fails, the old rules stay. At the first start there are none, so the closed table is loaded
  # instead. If that fails too, the network stays down (see systemd-networkd below).
  start = sh (
    "if nft -f /etc/nftables.rules; then ${note}; [ ! -e /run/firewall-failed ] || rm /run/firewall-failed; exit 0; fi; "
    + "nft -f /etc/nftables.closed || : > /run/firewall-failed; exit 1"
  );
  reload = sh "cat ${loaded} /etc/nftables.rules | nft -f - && ${note}";

  present = lib.filterAttrs (_: table: table.enable) cfg.tables;
  tableName =
    attribute: t:
    "${t.family} ${nftables.name (lib.showOption [ "networking" "nftables" "tables" attribute "name" ]) t.name}";
  # A table that is not there cannot be removed.
  remove = name: "table ${name}\ndelete table ${name}\n";

  clear =
    if cfg.flushRuleset then
      "flush ruleset\n"
    else
      lib.optionalString firewall.enable (remove "inet nixos-fw")
      + lib.concatStrings (lib.mapAttrsToList (name: t: remove (tableName name t)) present);
  rules =
    clear
    + firewall.rules
    + lib.concatStrings (
      lib.mapAttrsToList (name: t: "table ${tableName name t} {\n${t.content}\n}\n") present
    )
    + cfg.ruleset
    + lib.optionalString
      (cfg.rulesetFile != null)
      "include ${nftables.path "networking.nftables.rulesetFile" "${cfg.rulesetFile}"}\n";

  # The options with rules in the words of the configuration.
  ownRules =
    lib.optional (cfg.ruleset != "") "networking.nftables.ruleset"
    ++ lib.optional (cfg.rulesetFile != null) "networking.nftables.rulesetFile"
    ++ lib.mapAttrsToList (
      name: _: lib.showOption [ "networking" "nftables" "tables" name ]
    ) present
    ++ map (name: "networking.firewall.${name}") (
      builtins.filter (name: firewall.${name} != "") [
        "extraInputRules"
        "extraForwardRules"
        "extraReversePathFilterRules"
      ]
      ++ lib.optional (firewall.filterOutput.extraRules != "") "filterOutput.extraRules"
    );
  hasOwnRules = ownRules != [ ];
  namesOf = accounts: map (a: a.name) (lib.attrValues accounts);
  systemCheck = import ../../../lib/system-check.nix {
    inherit lib pkgs;
    inherit (config.system.build) tree;
  };
in
{
  options.networking.nftables = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether `networking.nftables.ruleset` is loaded. The firewall's rules are nftables' in any case.";
    };
    ruleset = mkOption {
      type = types.lines;
      default = "";
      description = "Rules of nftables that are loaded along with those of the firewall.";
    };
    checkRuleset = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether rules of the configuration's own are tried while the system is built. A kernel without nftables only has them read. "
        + "On the machine, wrong ones leave all new connections blocked.";
    };
    checkRulesetRedirects = mkOption {
      type = types.attrsOf types.path;
      default = lib.genAttrs [ "/etc/hosts" "/etc/protocols" "/etc/services" ] (
        path: config.environment.etc.${lib.removePrefix "/etc/" path}.source or path
      );
      defaultText = lib.literalMD "files of the system that nft reads";
      example = lib.literalExpression ''{ "/etc/blocked.nft" = ./blocked.nft; }'';
      description =
        "Files that rules include or name, by their paths on the machine, and what is there while the rules are checked.";
    };
    preCheckRuleset = mkOption {
      type = types.lines;
      default = "";
      example = "sed 's/ip saddr gateway/ip saddr 192.0.2.1/' -i ruleset.conf";
      description =
        "Commands that change `ruleset.conf`, a copy of the rules, before it is checked.";
    };
    rulesetFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = lib.literalExpression "./rules.nft";
      description = "A file with rules of nftables that are loaded in addition to `ruleset`.";
    };
    flushRuleset = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether all rules in the kernel are removed before these are loaded, also those of other programs.";
    };
    tables = mkOption {
      type = types.attrsOf (
        types.submodule [
          {
            options = {
              enable = mkOption {
                type = types.bool;
                default = true;
                description = "Whether the table is loaded.";
              };
              name = mkOption {
                type = types.str;
                description = "The table's name. Defaults to the attribute's name.";
              };
              content = mkOption {
                type = types.lines;
                description =
                  "The chains, sets and rules of the table, as nftables writes them between the braces.";
              };
              family = mkOption {
                type = types.enum [ "ip" "ip6" "inet" "arp" "bridge" "netdev" ];
                description = "The address family of the table: `inet` is for both IPv4 and IPv6.";
              };
            };
          }
          ({ name, ... }: { name = lib.mkDefault name; })
        ]
      );
      default = { };
      description =
        "Tables of nftables by name. Each is replaced as a whole when it changes; others are left alone.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf cfg.enable {
      environment.systemPackages = [ pkgs.nftables ];
      boot.blacklistedKernelModules = [ "ip_tables" ];
    })
    (lib.mkIf (firewall.enable || nat.enable || cfg.enable) {
      assertions = import ../../../lib/unique-names.nix { inherit lib; } "tables" (
        lib.mapAttrsToList (attribute: t: {
          name = "${t.family} ${t.name}";
          option = lib.showOption [ "networking" "nftables" "tables" attribute ];
        }) present
      );
      environment.etc."nftables.rules".text = rules;
      environment.etc."nftables.closed".text = closed;
      environment.etc."nftables.clear".text = clear;
      system.checks = lib.mkIf (cfg.checkRuleset && hasOwnRules) [
        (systemCheck.checkFile {
          name = "ruleset.conf";
          text = rules;
          option = lib.concatStringsSep ", " ownRules;
          userNames = namesOf config.users.users ++ lib.attrNames config.users.ofPackages.users;
          groupNames = namesOf config.users.groups ++ config.users.ofPackages.groups;
          script = ''
            declare -A redirects=(${
              lib.concatStrings (
                lib.mapAttrsToList (
                  path: file: " [${lib.escapeShellArg path}]=${lib.escapeShellArg "${file}"}"
                ) cfg.checkRulesetRedirects
              )
            })
            ${builtins.readFile ../../../lib/system-root.sh}
            ${cfg.preCheckRuleset}
            ${builtins.readFile ./nftables-check.sh}
          '';
        })
      ];
      systemd.services.nftables = {
        description = "Firewall";
        # As modules of other firewalls of NixOS turn this one off.
        enable = lib.mkIf (!(config.systemd.services.firewall.enable or true)) false;
        # What NixOS calls the services of a firewall with iptables, and of address translation without a firewall.
        aliases =
          lib.optional firewall.enable "firewall.service"
          ++ lib.optional (nat.enable && !firewall.enable) "nat.service";
        # These rules are in place before anything brings the network up.
        wantedBy = [ "sysinit.target" ];
        before = [ "systemd-networkd.service" "network-pre.target" "shutdown.target" ];
        wants = [ "network-pre.target" ];
        conflicts = [ "shutdown.target" ];
        restartTriggers = [ rules ];
        reloadIfChanged = true;
        unitConfig.DefaultDependencies = false;
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = start;
          ExecReload = reload;
          ExecStop = "/usr/sbin/nft -f ${loaded}";
        };
      };
      systemd.services.systemd-networkd = {
        overrideStrategy = "asDropin";
        unitConfig.ConditionPathExists = "!/run/firewall-failed";
      };
    })
  ];
}
