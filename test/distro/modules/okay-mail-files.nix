# Servers of mail, files and names: their configuration files and units.
let
  system = import ./system.inc (
    { pkgs, ... }:
    {
      services.postfix = {
        enable = true;
        rootAlias = "alice";
        domain = "example.org";
        useDane = true;
        enableSubmissions = true;
        virtual = "info@example.org alice";
        settings.main = {
          relayhost = [ "[relay.example.org]:587" ];
          mynetworks = [ "127.0.0.0/8" "[::1]/128" ];
        };
        settings.master.policy = { command = "spawn"; args = [ "user=nobody" "argv=/bin/policy" ]; privileged = true; };
      };
      services.dovecot2 = {
        enable = true;
        enablePop3 = true;
        mailUser = "vmail";
        mailGroup = "vmail";
        mailLocation = "maildir:/var/vmail/%d/%n:INBOX=~/in:UTF-8";
        sslServerCert = "/run/cert.pem";
        sslServerKey = "/run/key.pem";
        mailboxes."Old mail" = { auto = "create"; specialUse = "Archive"; };
        mailPlugins.perProtocol.imap.enable = [ "imap_sieve" ];
        sieve.plugins = [ "sieve_imapsieve" ];
        imapsieve.mailbox = [
          { name = "Spam"; causes = [ "COPY" ]; before = pkgs.writeText "spam" ""; }
          { name = "*"; from = "Spam"; after = pkgs.writeText "ham" ""; }
        ];
        settings.service = [ { _section.name = "imap"; process_min_avail = 1; } ];
        settings."service auth"."unix_listener /run/auth" = { mode = "0660"; user = "postfix"; };
      };
      services.transmission = { enable = true; openPeerPorts = true; package = pkgs.transmission_4; };
      services.nfs.server = { enable = true; lockdPort = 4001; nproc = 4; };
      services.nfs.settings.mountd.manage-gids = true;
      services.deluge = { enable = true; declarative = true; authFile = "/run/auth"; openFirewall = true; config.random_port = false; };
      services.rabbitmq = { enable = true; plugins = [ "rabbitmq_mqtt" ]; managementPlugin.enable = true; };
      services.openldap = {
        enable = true;
        settings.children."cn=schema".includes = [ "${pkgs.openldap}/etc/schema/core.ldif" ];
        settings.children."olcDatabase={1}mdb" = {
          attrs = { olcSuffix = "dc=x"; olcDbDirectory = "/var/lib/openldap/x"; olcRootPW.path = "/run/pw"; };
          children."olcOverlay={0}memberof".attrs.objectClass = "olcMemberOf";
        };
      };
      services.bind = {
        enable = true;
        cacheNetworks = [ "10.0.0.0/8" ];
        zones = lib.mkMerge [
          { "example.org" = { master = false; file = "/var/lib/x"; masters = [ "10.0.0.1" ]; }; }
          [ { name = "example.net"; file = "/var/lib/y"; } ]
        ];
        extraOptions = "dnssec-validation no;";
      };
      services.radicale = { enable = true; settings.server.hosts = [ "127.0.0.1:5232" ]; rights.root.user = ".+"; };
    }
  );
  inherit (system) config lib;
  options = ../../../distro/nixos/modules/services;
  # What depends on whether a package is one of Debian's. `as` is what stands for the package.
  ofDebian =
    as:
    let
      inherit
        (import ./system.inc (
          { pkgs, ... }:
          {
            services.rabbitmq = { enable = true; package = as pkgs.rabbitmq-server; };
            services.postfix = { enable = true; package = as pkgs.postfix; };
            services.fail2ban = { enable = true; package = as pkgs.fail2ban; };
          }
        ))
        config
        ;
      start = name: lib.filter (lib.hasPrefix "Exec") (lib.splitString "\n" config.systemd.units.${name}.text);
    in
    {
      rabbitmq = start "rabbitmq.service";
      postfix = [ (config.services.postfix.settings.main.command_directory or null) (config.environment.etc ? "postfix/dynamicmaps.cf") ];
      failed = map (it: it.message) (lib.filter (it: !it.assertion) config.assertions);
    };
in
{
  postfix = {
    main = (import (options + "/mail/postfix/main.nix") { inherit lib config; }).text {
      inherit (config.services.postfix.settings.main) mydomain mynetworks relayhost smtp_tls_security_level virtual_alias_maps;
    };
    master = lib.filter (line: lib.hasPrefix "policy" line || lib.hasPrefix "submissions" line || lib.hasPrefix "smtp " line)
      (lib.splitString "\n" config.environment.etc."postfix/master.cf".text);
    wrappers = lib.filter (n: lib.hasPrefix "post" n) (lib.attrNames config.security.wrappers);
  };
  dovecot = lib.splitString "\n" ((import (options + "/mail/dovecot/config.nix") { inherit lib; }).text
    (removeAttrs config.services.dovecot2.settings [ "sieve_pipe_bin_dir" ]) [ ]);
  users = lib.filterAttrs
    (name: _: lib.elem name [ "postfix" "dovecot2" "vmail" "transmission" "deluge" "rabbitmq" "named" "openldap" "radicale" ])
    (lib.mapAttrs (_: u: u.group) config.users.users);
  nfs = config.environment.etc."nfs.conf".text;
  rabbitmq = system.etc [ "rabbitmq/rabbitmq.conf" "rabbitmq/enabled_plugins" ];
  tcp = config.networking.firewall.allowedTCPPorts;
  ranges = config.networking.firewall.allowedTCPPortRanges;
  bind = config.services.bind.forwarders;
  zones = lib.mapAttrs (_: zone: zone.master) config.services.bind.zones;
  debian = ofDebian lib.id;
  # Several of its packages as one.
  joined = ofDebian (package: removeAttrs package [ "debianPackage" ] // { debianParts = [ package ]; });
}
