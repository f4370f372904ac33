# Postfix. Its configuration is in /etc/postfix, its queue below /var/lib/postfix.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) escapeShellArg mkIf mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  cfg = config.services.postfix;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };
  main = import ./postfix/main.nix { inherit lib config; };
  master = import ./postfix/master.nix { inherit lib; };
  hardening = import ../../../lib/hardening.nix;
  isDebian = import ../../../../pkgs/is-debian.nix cfg.package;

  at = option: {
    option = "services.postfix.${option}";
    file = "a table of Postfix's";
  };
  account = import ../../../lib/service-account.nix { inherit lib; } "postfix" {
    inherit (cfg) user group;
    description = "Postfix";
    home = "/var/lib/postfix";
  };

  separator = lib.optionalString (cfg.aliasMapType == "hash") ":";
  alias =
    name: option: addresses:
    lib.optionalString (addresses != "") "${name}${separator} ${text.line (at option) addresses}\n";
  aliases =
    alias "postmaster" "postmasterAlias" cfg.postmasterAlias
    + alias "root" "rootAlias" cfg.rootAlias
    + cfg.extraAliases;
  headerChecks =
    lib.concatMapStrings (
      check:
      "${text.word (at "headerChecks.*.pattern") check.pattern} ${text.line (at "headerChecks.*.action") check.action}\n"
    ) cfg.headerChecks
    + cfg.extraHeaderChecks;
  # The tables that options have: name -> text.
  tables =
    lib.optionalAttrs (cfg.canonical != "") { inherit (cfg) canonical; }
    // lib.optionalAttrs (cfg.transport != "") { inherit (cfg) transport; }
    // lib.optionalAttrs (cfg.virtual != "") { inherit (cfg) virtual; }
    // lib.optionalAttrs (cfg.localRecipients != null) {
      local_recipients = lib.concatMapStrings (
        name: "${text.word (at "localRecipients") name} ACCEPT\n"
      ) cfg.localRecipients;
    }
    // lib.optionalAttrs cfg.enableHeaderChecks { header_checks = headerChecks; }
    // lib.optionalAttrs (cfg.dnsBlacklistOverrides != "") {
      client_access = cfg.dnsBlacklistOverrides;
    };

  mainCf = main.text cfg.settings.main + cfg.extraConfig;
  masterCf = master.text cfg.settings.master + cfg.extraMasterConf;

  # postconf reads both files, and names settings that nothing uses.
  checkedMain = checkedFile {
    name = "main.cf";
    text = mainCf;
    packages = [ cfg.package ];
    option = "services.postfix.settings";
    check = ''
      mkdir configuration
      cp "$file" configuration/main.cf
      cp ${pkgs.writeText "master.cf" masterCf} configuration/master.cf
      postconf -c configuration -n > /dev/null 2> warnings &&
        postconf -c configuration -M > /dev/null 2>> warnings
      state=$?
      cat warnings
      [ "$state" = 0 ] && ! grep -E "unused parameter|undefined parameter" warnings > /dev/null
    '';
  };

  # Types of tables that Debian has in packages of their own.
  types' = builtins.filter (name: lib.hasInfix "${name}:" (mainCf + masterCf)) [
    "cdb"
    "ldap"
    "lmdb"
    "mysql"
    "pcre"
    "pgsql"
    "sqlite"
  ];

  compile =
    program: name: source:
    let
      file = escapeShellArg "/etc/postfix/${text.fileName (at "mapFiles") name}";
    in
    ''
      ln -sfn ${escapeShellArg "${source}"} ${file}
      ${program} -o -p ${file}
    '';
  # Of patterns nothing is compiled.
  compileAliases = if cfg.aliasMapType == "hash" then "postalias" else ": postalias";

  commands = "/var/lib/postfix/bin";
  queue = "/var/lib/postfix/queue";
  directory = user: group: mode: {
    d = { inherit user group mode; };
  };
in
{
  imports = [ ./postfix/options.nix ];

  options.services.postfix.settings = {
    main = mkOption {
      inherit (main) type;
      default = { };
      example = { smtp_tls_security_level = "encrypt"; };
      description = "Settings of main.cf, as in postconf(5). null leaves one to Postfix.";
    };
    master = mkOption {
      type = types.attrsOf master.type;
      default = { };
      description = "The services of master.cf, as in master(5).";
    };
  };

  config = mkIf cfg.enable {
    services.postfix.settings.master = lib.mapAttrs (_: lib.mapAttrs (_: lib.mkDefault)) (
      master.services cfg
    );
    services.postfix.settings.main =
      lib.mapAttrs (_: lib.mkDefault) (
        {
          compatibility_level = lib.versions.majorMinor cfg.package.version;
          mail_owner = cfg.user;
          setgid_group = cfg.setgidGroup;
          default_privs = "nobody";
          data_directory = "/var/lib/postfix/data";
          queue_directory = queue;
          mail_spool_directory = "/var/spool/mail/";
          readme_directory = false;
        }
        // lib.optionalAttrs isDebian { command_directory = commands; }
        // lib.optionalAttrs (!isDebian) {
          command_directory = "${cfg.package}/bin";
          daemon_directory = "${cfg.package}/libexec/postfix";
          meta_directory = "${cfg.package}/etc/postfix";
          sendmail_path = "${cfg.package}/bin/sendmail";
          newaliases_path = "${cfg.package}/bin/newaliases";
          mailq_path = "${cfg.package}/bin/mailq";
          shlib_directory = false;
        }
      )
      // lib.optionalAttrs (aliases != "") {
        alias_maps = [ "${cfg.aliasMapType}:/etc/postfix/aliases" ];
      }
      // lib.optionalAttrs (tables ? canonical) {
        canonical_maps = lib.mkDefault [ "hash:/etc/postfix/canonical" ];
      }
      // lib.optionalAttrs (tables ? transport) {
        transport_maps = [ "hash:/etc/postfix/transport" ];
      }
      // lib.optionalAttrs (tables ? virtual) {
        virtual_alias_maps = [ "${cfg.virtualMapType}:/etc/postfix/virtual" ];
      }
      // lib.optionalAttrs (tables ? local_recipients) {
        local_recipient_maps = [
          "hash:/etc/postfix/local_recipients"
        ] ++ lib.optional (aliases != "") "$alias_maps";
      }
      // lib.optionalAttrs (cfg.dnsBlacklists != [ ]) {
        smtpd_client_restrictions =
          lib.optional
            (tables ? client_access)
            "check_client_access hash:/etc/postfix/client_access"
          ++ map (list: "reject_rbl_client ${list}") cfg.dnsBlacklists;
      }
      // lib.optionalAttrs cfg.enableHeaderChecks {
        header_checks = [ "regexp:/etc/postfix/header_checks" ];
      };
    services.postfix.mapFiles = lib.mapAttrs (
      name: content: pkgs.writeText "postfix-${name}" content
    ) tables;
    services.postfix.aliasFiles = lib.optionalAttrs (aliases != "") {
      aliases = pkgs.writeText "postfix-aliases" aliases;
    };

    environment.systemPackages = [
      cfg.package
    ] ++ map (name: pkgs.debianPackages."postfix-${name}") types';
    environment.etc = {
      "postfix/main.cf".source = checkedMain;
      "postfix/master.cf".text = masterCf;
      "postfix/dynamicmaps.cf" = mkIf isDebian { source = "/usr/share/postfix/dynamicmaps.cf"; };
      # What belongs to Postfix, which it looks at when it starts.
      "postfix/postfix-files".source = "${cfg.package}/etc/postfix/postfix-files";
    };

    users.users = account.users;
    users.groups =
      account.groups // lib.optionalAttrs (cfg.setgidGroup == "postdrop") { postdrop = { }; };
    security.wrappers =
      lib.genAttrs
        (
          lib.optional cfg.setSendmail "sendmail"
          ++ [ "postdrop" "postqueue" ]
          ++ lib.optional (!isDebian) "mailq"
        )
        (program: {
          source = "${cfg.package}/bin/${program}";
          owner = "root";
          group = cfg.setgidGroup;
          setgid = true;
        });

    systemd.tmpfiles.settings.postfix =
      {
        "/var/lib/postfix" = directory "root" "root" "0755";
        "/var/lib/postfix/data" = directory cfg.user cfg.group "0700";
        ${queue} = directory "root" "root" "0755";
        "${queue}/pid" = directory "root" "root" "0755";
        "${queue}/maildrop" = directory cfg.user cfg.setgidGroup "1730";
        "${queue}/public" = directory cfg.user cfg.setgidGroup "2710";
        "/var/mail" = directory "root" "root" "1777";
      }
      // lib.genAttrs
        (map (name: "${queue}/${name}") [
          "active"
          "bounce"
          "corrupt"
          "defer"
          "deferred"
          "flush"
          "hold"
          "incoming"
          "private"
          "saved"
          "trace"
        ])
        (_: directory cfg.user "root" "0700");

    systemd.services.postfix-setup = {
      description = "Tables of Postfix";
      path = [ cfg.package ];
      restartTriggers = lib.attrValues tables ++ [ aliases ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script = ''
        ${
          lib.optionalString isDebian ''
            # Two of the programs have more rights than their users; /usr, which is read-only, has them without.
            mkdir -p ${commands}
            ln -sfn /usr/sbin/post* ${commands}/
            ln -sfn /run/wrappers/bin/postdrop /run/wrappers/bin/postqueue ${commands}/
          ''
        }
        ${lib.concatStrings (lib.mapAttrsToList (compile compileAliases) cfg.aliasFiles)}
        ${lib.concatStrings (lib.mapAttrsToList (compile "postmap") cfg.mapFiles)}
      '';
    };
    systemd.services.postfix = {
      description = "Postfix";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" "nss-lookup.target" "postfix-setup.service" ];
      requires = [ "postfix-setup.service" ];
      restartTriggers = [ mainCf masterCf ];
      path = [ cfg.package ];
      serviceConfig = {
        Type = "forking";
        Restart = "always";
        PIDFile = "${queue}/pid/master.pid";
        ExecStart = "${cfg.package}/bin/postfix start";
        ExecStop = "${cfg.package}/bin/postfix stop";
        ExecReload = "${cfg.package}/bin/postfix reload";
        # Deliveries run as their users, mailboxes may be anywhere.
        CapabilityBoundingSet = [ "~CAP_NET_ADMIN CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_MODULE" ];
        MemoryDenyWriteExecute = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectSystem = "full";
        RestrictAddressFamilies = [ "AF_INET" "AF_INET6" "AF_NETLINK" "AF_UNIX" ];
        inherit (hardening)
          ProtectControlGroups
          ProtectKernelModules
          ProtectKernelTunables
          RestrictNamespaces
          RestrictRealtime
          ;
      };
    };
  };
}
