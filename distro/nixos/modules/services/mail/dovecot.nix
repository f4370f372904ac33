# Dovecot, which serves mailboxes. Debian has 2.4: options of NixOS that are for 2.3 are translated.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkDefault mkIf mkOption;
  cfg = config.services.dovecot2;
  conf = import ./dovecot/config.nix { inherit lib; };
  sieve = import ./dovecot/sieve.nix { inherit lib cfg; };
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };
  isDebian = import ../../../../pkgs/is-debian.nix cfg.package;
  on = names: lib.genAttrs names (_: true);

  account = import ../../../lib/service-account.nix { inherit lib; } "dovecot2" {
    inherit (cfg) user group;
    description = "Dovecot";
  };
  loginAccount = import ../../../lib/service-account.nix { inherit lib; } "dovenull" {
    description = "Dovecot's processes of those who log in";
  };
  mailUser = cfg.settings.mail_uid or null;
  mailGroup = cfg.settings.mail_gid or null;
  # Numbers are accounts of elsewhere.
  isName = value: builtins.isString value && builtins.match "[0-9]+" value == null;

  text =
    conf.text cfg.settings cfg.includeFiles
    + lib.optionalString (cfg.extraConfig != "") cfg.extraConfig;
  hasCertificate = cfg.settings ? ssl_server_cert_file;
  protocols = lib.unique (
    lib.optional cfg.enableImap "imap"
    ++ lib.optional cfg.enablePop3 "pop3"
    ++ lib.optional cfg.enableLmtp "lmtp"
    ++ cfg.protocols
  );

  # Debian has the protocols, Sieve and databases in packages of their own.
  parts =
    let
      names =
        if builtins.isAttrs (cfg.settings.protocols or [ ]) then
          builtins.attrNames (lib.filterAttrs (_: value: value == true) cfg.settings.protocols)
        else
          lib.concatMap (lib.splitString " ") (lib.toList (cfg.settings.protocols or [ ]));
      byProtocol = {
        imap = "imapd";
        pop3 = "pop3d";
        lmtp = "lmtpd";
        sieve = "managesieved";
        submission = "submissiond";
      };
      byWord = {
        flatcurve = "flatcurve";
        "passdb ldap" = "ldap";
        "userdb ldap" = "ldap";
        mysql = "mysql";
        pgsql = "pgsql";
        solr = "solr";
        sqlite = "sqlite";
        gssapi = "gssapi";
      };
    in
    map (name: byProtocol.${name}) (builtins.filter (name: byProtocol ? ${name}) names)
    ++ lib.optional (sieve.isUsed || lib.hasInfix "sieve" text) "sieve"
    ++ map (word: byWord.${word}) (
      builtins.filter (word: lib.hasInfix word text) (builtins.attrNames byWord)
    );
  packages =
    [ cfg.package ]
    ++ cfg.modules
    ++ lib.optionals isDebian (
      map (name: pkgs.debianPackages."dovecot-${name}") (lib.unique parts)
    );

  checked = checkedFile {
    name = "dovecot.conf";
    inherit text packages;
    option = "services.dovecot2";
    # Files and accounts of the machine are not there while building.
    check = ''
      sed -i -E \
        -e 's|^ *[a-z0-9_]+_file *= */.*||' \
        -e 's|^!include /|!include_try /|' \
        -e 's/^( *(default_internal_user|default_login_user|mail_uid|user) *=).*/\1 nobody/' \
        -e 's/^( *(default_internal_group|mail_gid|group|mail_privileged_group|extra_groups) *=).*/\1 nogroup/' "$file"
      printf '%s\n' 'default_login_user = nobody' >> "$file"
      doveconf -n -c "$file" > /dev/null
    '';
  };
in
{
  imports = [ ./dovecot/options.nix ];

  options.services.dovecot2.settings = mkOption {
    inherit (conf) type;
    default = { };
    example = {
      mail_driver = "maildir";
      mail_path = "~/Maildir";
      "service imap-login"."inet_listener imap".port = 0;
      "protocol imap".mail_plugins.imap_sieve = true;
    };
    description =
      "Settings of Dovecot 2.4. A set is a section, whose name is after its type; a list of words is one value, other lists are several.";
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = (cfg.sslServerCert == null) == (cfg.sslServerKey == null);
        message =
          "Of services.dovecot2.sslServerCert and services.dovecot2.sslServerKey only one is set. Set both, or none.";
      }
      {
        assertion = cfg.sslCACert == null || cfg.sslServerCert != null;
        message =
          "services.dovecot2.sslCACert is set, but no certificate of the server. Set services.dovecot2.sslServerCert, too.";
      }
      {
        assertion = cfg.showPAMFailure -> cfg.enablePAM;
        message =
          "services.dovecot2.showPAMFailure needs services.dovecot2.enablePAM, which is false. Set it to true.";
      }
    ];

    services.dovecot2.settings = lib.mkMerge [
      (lib.mapAttrs (_: mkDefault) {
        dovecot_config_version = "2.4.0";
        dovecot_storage_version = "2.4.0";
        base_dir = "/run/dovecot2";
        sendmail_path = "/run/wrappers/bin/sendmail";
        default_internal_user = cfg.user;
        default_internal_group = cfg.group;
        maildir_copy_with_hardlinks = true;
        pop3_uidl_format = "%{uidvalidity | hex(8)}%{uid | hex(8)}";
        auth_mechanisms = "plain login";
        inherit protocols;
        ssl = if hasCertificate then "yes" else "no";
        auth_allow_cleartext = !hasCertificate;
      })
      (lib.mapAttrs (_: mkDefault) (
        if cfg.mailLocation == null then
          {
            mail_driver = "maildir";
            mail_path = "/var/spool/mail/%{user}";
          }
        else
          conf.location cfg.mailLocation
      ))
      { "service auth".user = mkDefault "root"; }
      (mkIf cfg.enablePAM {
        "passdb pam" = {
          service_name = mkDefault "dovecot2";
          failure_show_msg = mkIf cfg.showPAMFailure true;
        };
        "userdb passwd" = { };
      })
      (mkIf (cfg.sslServerCert != null) {
        ssl_server_cert_file = cfg.sslServerCert;
        ssl_server_key_file = cfg.sslServerKey;
        ssl_server_ca_file = mkIf (cfg.sslCACert != null) cfg.sslCACert;
      })
      (mkIf cfg.enableDHE { ssl_server_dh_file = mkDefault "/usr/share/dovecot/dh.pem"; })
      (mkIf (cfg.mailboxes != { }) {
        "namespace inbox" =
          {
            inbox = mkDefault true;
          }
          // lib.mapAttrs' (
            _: box:
            lib.nameValuePair "mailbox \"${box.name}\"" {
              inherit (box) auto autoexpunge;
              special_use = if box.specialUse == null then null else "\\${box.specialUse}";
            }
          ) cfg.mailboxes;
      })
      (mkIf (cfg.mailPlugins.globally.enable != [ ]) {
        mail_plugins = on cfg.mailPlugins.globally.enable;
      })
      (lib.mapAttrs' (
        protocol: plugins:
        lib.nameValuePair "protocol ${protocol}" { mail_plugins = on plugins.enable; }
      ) cfg.mailPlugins.perProtocol)
      (mkIf cfg.enableQuota {
        mail_plugins.quota = true;
        "protocol imap".mail_plugins.imap_quota = true;
        "quota \"User quota\"" = {
          driver = "count";
          storage_size = cfg.quotaGlobalPerUser;
        };
        quota_status_success = "DUNNO";
        quota_status_nouser = "DUNNO";
        quota_status_overquota = "\"552 5.2.2 Mailbox is full\"";
        "service quota-status" = {
          executable = "quota-status -p postfix";
          client_limit = 1;
          "inet_listener postfix".port = cfg.quotaPort;
        };
      })
      (sieve.settings (
        pkgs.linkFarm "sieve-pipe-programs" (
          map (program: {
            name = builtins.unsafeDiscardStringContext (baseNameOf program);
            path = program;
          }) cfg.sieve.pipeBins
        )
      ))
    ];

    security.pam.services.dovecot2 = mkIf cfg.enablePAM { };

    users.users =
      account.users
      // loginAccount.users
      // lib.optionalAttrs (cfg.createMailUser && isName mailUser) {
        ${mailUser} = {
          description = "Owner of mail";
          isSystemUser = true;
          group = if mailGroup == null then "nogroup" else toString mailGroup;
        };
      };
    users.groups =
      account.groups
      // loginAccount.groups
      // lib.optionalAttrs (cfg.createMailUser && isName mailGroup) { ${mailGroup} = { }; };

    environment.systemPackages = packages;
    environment.etc."dovecot/dovecot.conf".source =
      if cfg.configFile != null then cfg.configFile else checked;

    systemd.services.dovecot = {
      description = "Dovecot, a server of mailboxes";
      aliases = [ "dovecot2.service" ];
      after = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      restartTriggers = [ config.environment.etc."dovecot/dovecot.conf".source ];
      startLimitIntervalSec = 60;
      path = packages;
      preStart = mkIf sieve.isUsed sieve.prepare;
      serviceConfig = {
        Type = "notify";
        ExecStart = "${cfg.package}/bin/dovecot -F";
        ExecReload = "${cfg.package}/bin/doveadm reload";
        Restart = "on-failure";
        RestartSec = "1s";
        RuntimeDirectory = "dovecot2";
        StateDirectory = "dovecot";
      };
    };
  };
}
