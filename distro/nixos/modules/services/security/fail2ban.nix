# fail2ban: hosts that keep failing to log in are refused by the firewall for a while.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) orNullLike;
  cfg = config.services.fail2ban;
  inherit (import ../../../lib/formats { inherit lib; }) ini text;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };

  scalar = types.nullOr (types.oneOf [ types.bool types.int types.float types.str ]);
  sections = types.attrsOf (types.attrsOf scalar);

  at = option: file: {
    option = "services.fail2ban.${option}";
    inherit file;
  };
  conf = ini.writer {
    separator = " = ";
    # A line that is not indented would be a setting of its own.
    indent = "    ";
  };
  file = option: name: set: conf.file (at option name) [ "INCLUDES" "DEFAULT" ] set;

  isWritten = builtins.isString;
  writtenJails = lib.filterAttrs (_: isWritten) cfg.jails;
  jails = lib.filterAttrs (_: jail: !isWritten jail) cfg.jails;
  filterOf =
    name: jail:
    if jail.filter == null then
      { }
    else if builtins.isString jail.filter then
      { inherit (jail) filter; }
    else
      { filter = "nixos-${name}"; };
  settingsOf =
    name: jail:
    lib.optionalAttrs (name != "DEFAULT") { inherit (jail) enabled; }
    // filterOf name jail
    // jail.settings;

  title =
    name:
    text.restrict
      "[^][[:cntrl:]]+"
      "brackets or line breaks in a jail's name"
      (at "jails" "jail.local")
      name;
  jailLocal =
    file "jails" "jail.local" (lib.mapAttrs settingsOf jails)
    + lib.concatStrings (
      lib.mapAttrsToList (
        name: lines: lib.optionalString (lines != "") "\n[${title name}]\n${lines}\n"
      ) writtenJails
    );
  daemonLocal = file "daemonSettings" "fail2ban.local" cfg.daemonSettings;

  # `option` has the name of the option for that of an entry.
  localFiles =
    kind: option: set:
    lib.mapAttrs' (
      name: content:
      lib.nameValuePair
        "${kind}.d/${text.fileName (at (option name) "a directory of fail2ban's") name}.local"
        (file (option name) "${kind}.d/${name}.local" content)
    ) set;
  inSet = set: name: "${set}.${lib.strings.escapeNixIdentifier name}";
  ownFilters = lib.filterAttrs (
    _: jail: jail.filter != null && !builtins.isString jail.filter
  ) jails;
  # name -> text, below /etc/fail2ban
  files =
    {
      "fail2ban.local" = daemonLocal;
      # Debian's own defaults for the bans and the jail of sshd; those of `jails` take their place.
      "jail.d/defaults-debian.conf" = "";
    }
    // localFiles "filter" (inSet "filters") cfg.filters
    // localFiles "filter" (name: "${inSet "jails" (lib.removePrefix "nixos-" name)}.filter") (
      lib.mapAttrs' (name: jail: lib.nameValuePair "nixos-${name}" jail.filter) ownFilters
    )
    // localFiles "action" (inSet "actions") cfg.actions;

  # fail2ban reads all of it, as it does when it starts; the logs may be missing then.
  checkedJails = checkedFile {
    name = "jail.local";
    text = jailLocal;
    packages = [ cfg.package ];
    option = "services.fail2ban";
    check = ''
      cp -rL ${cfg.package}/etc/fail2ban conf
      chmod -R u+w conf
      cp "$file" conf/jail.local
      ${
        lib.concatStrings (
          lib.mapAttrsToList (name: content: ''
            cp ${pkgs.writeText (baseNameOf name) content} conf/${lib.escapeShellArg name}
          '') files
        )
      }
      if ! fail2ban-client -c conf -d > output 2>&1 || grep -q ' ERROR ' output; then
        grep ' ERROR ' output || cat output
        exit 1
      fi
    '';
  };

  increment = lib.filterAttrs (
    name: value: name != "enable" && value != null
  ) cfg.bantime-increment;
in
{
  imports = [
    (lib.mkRemovedOptionModule [
      "services"
      "fail2ban"
      "daemonConfig"
    ] "Set services.fail2ban.daemonSettings, a set of sections, instead.")
    (lib.mkRemovedOptionModule [
      "services"
      "fail2ban"
      "extraSettings"
    ] "Set services.fail2ban.jails.DEFAULT.settings instead.")
  ];

  options.services.fail2ban = {
    enable = lib.mkEnableOption "fail2ban, which bans hosts that keep failing to log in";
    package = lib.mkPackageOption pkgs "fail2ban" { };
    packageFirewall = mkOption {
      type = types.package;
      default = config.networking.firewall.package;
      defaultText = lib.literalExpression "config.networking.firewall.package";
      description = "The package whose programs ban.";
    };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.ipset ]";
      description = "Packages whose programs actions can use.";
    };
    bantime = mkOption {
      type = types.str;
      default = "10m";
      example = "1h";
      description = "How long a host is banned.";
    };
    maxretry = mkOption {
      type = types.ints.unsigned;
      default = 3;
      description = "How many failures lead to a ban.";
    };
    banaction = mkOption {
      type = types.str;
      default = "nftables-multiport";
      description = "The action by which hosts are banned from a jail's ports.";
    };
    banaction-allports = mkOption {
      type = types.str;
      default = "nftables-allports";
      description = "The action by which hosts are banned from all ports.";
    };
    bantime-increment = {
      enable = mkOption {
        type = types.bool;
        default = false;
        description = "Whether each further ban of a host is longer than the one before.";
      };
      rndtime = orNullLike types.str "8m" "A random time up to this is added to each ban.";
      maxtime = orNullLike types.str "48h" "The longest ban.";
      factor = orNullLike types.str "4" "What the time is multiplied by.";
      formula =
        orNullLike
          types.str
          "ban.Time * (1<<(ban.Count if ban.Count<20 else 20)) * banFactor"
          "An expression of Python for the length of the next ban.";
      multipliers =
        orNullLike
          types.str
          "1 2 4 8 16 32 64"
          "What the time is multiplied by at each further ban, instead of by a formula.";
      overalljails = orNullLike types.bool true "Whether bans by other jails count.";
    };
    ignoreIP = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "192.168.0.0/16" ];
      description = "Addresses, networks and host names that are never banned.";
    };
    daemonSettings = mkOption {
      type = sections;
      default = { };
      example = { Definition.loglevel = "DEBUG"; };
      description = "Settings of the daemon, by section.";
    };
    jails = mkOption {
      type = types.attrsOf (
        types.either types.lines (
          types.submodule {
            options = {
              enabled = mkOption {
                type = types.bool;
                default = true;
                description = "Whether the jail is there.";
              };
              filter = mkOption {
                type = types.nullOr (types.either types.str sections);
                default = null;
                description = "The filter's name, or the sections of a filter of this jail's own.";
              };
              settings = mkOption {
                type = types.attrsOf scalar;
                default = { };
                example = { maxretry = 5; };
                description = "Settings of the jail, as in jail.conf(5).";
              };
            };
          }
        )
      );
      default = { };
      example = { nginx-http-auth.settings.port = "http,https"; };
      description =
        "What is watched, and what is done about it, by name. `DEFAULT` is for all of them.";
    };
    filters = mkOption {
      type = types.attrsOf sections;
      default = { };
      description =
        "Filters by name: what they set takes the place of what fail2ban's own filter of the name has.";
    };
    actions = mkOption {
      type = types.attrsOf sections;
      default = { };
      description =
        "Actions by name: what they set takes the place of what fail2ban's own action of the name has.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = import ../../../../pkgs/is-debian.nix cfg.package;
        message =
          "services.fail2ban.package is not Debian's package, whose filters and actions are in the machine's /etc. Remove the setting.";
      }
      {
        assertion =
          cfg.bantime-increment.formula == null || cfg.bantime-increment.multipliers == null;
        message =
          "services.fail2ban.bantime-increment.formula and services.fail2ban.bantime-increment.multipliers are both set, but each makes "
          + "the other useless. Remove one of them.";
      }
      {
        assertion = jails ? DEFAULT -> jails.DEFAULT.enabled;
        message =
          "services.fail2ban.jails.DEFAULT.enabled is false, but DEFAULT is not a jail. Remove the setting.";
      }
    ];
    warnings =
      lib.optional (!config.networking.firewall.enable && !config.networking.nftables.enable) (
        "services.fail2ban bans by rules of the firewall, and networking.firewall.enable is false: other ports are open."
      );

    services.fail2ban.daemonSettings.Definition = lib.mapAttrs (_: lib.mkDefault) {
      logtarget = "SYSLOG";
      socket = "/run/fail2ban/fail2ban.sock";
      pidfile = "/run/fail2ban/fail2ban.pid";
      dbfile = "/var/lib/fail2ban/fail2ban.sqlite3";
    };
    services.fail2ban.jails.DEFAULT.settings =
      lib.mapAttrs (_: lib.mkDefault) {
        inherit (cfg) bantime banaction maxretry;
        banaction_allports = cfg.banaction-allports;
        backend = "systemd";
        ignoreip = lib.concatStringsSep " " (
          [ "127.0.0.1/8" ]
          ++ lib.optional config.networking.enableIPv6 "::1"
          ++ map (text.word (at "ignoreIP" "jail.local")) cfg.ignoreIP
        );
      }
      // lib.optionalAttrs cfg.bantime-increment.enable ({
        "bantime.increment" = true;
      } // lib.mapAttrs' (name: lib.nameValuePair "bantime.${name}") increment);
    services.fail2ban.jails.sshd = lib.mkIf config.services.openssh.enable {
      settings.port = lib.mkDefault (
        lib.concatMapStringsSep "," toString config.services.openssh.ports
      );
    };
    # Failed logins are logged at this level.
    services.openssh.settings.LogLevel = lib.mkDefault "VERBOSE";

    environment.systemPackages = [ cfg.package ];
    environment.etc =
      lib.mapAttrs' (name: content: lib.nameValuePair "fail2ban/${name}" { text = content; }) files
      // {
        "fail2ban/jail.local" = import ../../../lib/checked-etc.nix {
          inherit lib;
        } jailLocal checkedJails;
      };

    systemd.services.fail2ban = {
      description = "fail2ban";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" "nftables.service" ];
      restartTriggers = [ jailLocal ] ++ lib.attrValues files;
      path = [ cfg.package cfg.packageFirewall pkgs.iproute2 ] ++ cfg.extraPackages;
      environment.PYTHONNOUSERSITE = "1";
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/fail2ban-server -xf start";
        ExecStop = "${cfg.package}/bin/fail2ban-client stop";
        ExecReload = "${cfg.package}/bin/fail2ban-client reload";
        PIDFile = cfg.daemonSettings.Definition.pidfile or "/run/fail2ban/fail2ban.pid";
        Restart = "on-failure";
        RestartPreventExitStatus = "0 255";
        RuntimeDirectory = "fail2ban";
        RuntimeDirectoryMode = "0755";
        StateDirectory = "fail2ban";
        StateDirectoryMode = "0750";
        CapabilityBoundingSet = [
          "CAP_AUDIT_READ"
          "CAP_DAC_READ_SEARCH"
          "CAP_NET_ADMIN"
          "CAP_NET_RAW"
        ];
        NoNewPrivileges = true;
        ProtectSystem = "strict";
        ProtectHome = true;
        PrivateTmp = true;
        PrivateDevices = true;
        ProtectHostname = true;
        ProtectKernelTunables = true;
        ProtectKernelModules = true;
        ProtectControlGroups = true;
      };
    };
  };
}
