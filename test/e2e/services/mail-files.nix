# Thorough: servers of mail, files, calendars, messages, names and a directory.
{
  name = "mail-files";

  nodes.machine =
    {
      config,
      lib,
      pkgs,
      ...
    }:
    {
      # One after the other, as the test asks for them: all of them at once are much for an emulated processor.
      systemd.services = lib.genAttrs [
        "bind"
        "deluged"
        "dovecot"
        "nfs-server"
        "openldap"
        "postfix"
        "rabbitmq"
        "radicale"
        "syncthing"
        "syncthing-init"
        "transmission"
      ] (_: { wantedBy = lib.mkForce [ ]; });
      virtualisation.memorySize = 1536;
      environment.systemPackages = [ pkgs.dig ];
      environment.etc."systemd/system.conf.d/slow.conf".text =
        "[Manager]\nDefaultTimeoutStartSec=600s\n";
      users.users.guest = {
        isNormalUser = true;
        password = "secret";
      };

      services.postfix = {
        enable = true;
        rootAlias = "guest";
        virtual = "info@example.org guest\n";
        mapFiles.own = pkgs.writeText "own" "key value\n";
        settings.main.mydomain = "example.org";
        settings.main.mailbox_transport = "lmtp:unix:/run/dovecot2/lmtp";
      };

      services.dovecot2 = {
        enable = true;
        enableLmtp = true;
        mailPlugins.perProtocol.lmtp.enable = [ "sieve" ];
        mailboxes.Spam = {
          auto = "create";
          specialUse = "Junk";
        };
        sieve.scripts.before = pkgs.writeText "spam.sieve" ''
          require "fileinto";
          if header :contains "Subject" "spam" { fileinto "Spam"; }
        '';
        settings = {
          mail_driver = "maildir";
          mail_path = "~/Maildir";
          auth_username_format = "%{user | username}";
          "service lmtp"."unix_listener lmtp" = {
            mode = "0600";
            user = "postfix";
          };
        };
      };

      services.nfs.server = {
        enable = true;
        createMountPoints = true;
        exports = "/srv/exported localhost(rw,no_root_squash,insecure,fsid=1)";
      };
      virtualisation.fileSystems."/mnt/shared" = {
        device = "localhost:/srv/exported";
        fsType = "nfs4";
        options = [ "noauto" ];
      };

      services.syncthing = {
        enable = true;
        settings = {
          options.urAccepted = -1;
          devices.other.id = "P56IOI7-MZJNU2Y-IQGDREY-DM2MGTI-MGL3BXN-PQ6W5BM-TBBZ4TJ-XZWICQ2";
          folders.documents = {
            path = "/var/lib/syncthing/documents";
            devices = [ "other" ];
          };
        };
      };

      services.transmission = {
        enable = true;
        settings.speed-limit-up = 77;
        credentialsFile = "/etc/transmission-secret.json";
      };
      environment.etc."transmission-secret.json" = {
        mode = "0400";
        text = builtins.toJSON { alt-speed-down = 33; };
      };

      services.deluge = {
        enable = true;
        declarative = true;
        authFile = "/etc/deluge-auth";
        config.max_upload_speed = 44.0;
      };
      environment.etc."deluge-auth" = {
        mode = "0400";
        user = "deluge";
        text = "localclient:secret:10\n";
      };

      services.radicale = {
        enable = true;
        settings.server.hosts = [ "127.0.0.1:5232" ];
        settings.auth.type = "none";
      };

      services.rabbitmq = {
        enable = true;
        managementPlugin.enable = true;
      };

      services.openldap = {
        enable = true;
        urlList = [ "ldap://127.0.0.1/" ];
        settings.children = {
          "cn=schema".includes =
            map (name: "${config.services.openldap.package}/etc/schema/${name}.ldif") [
              "core"
              "cosine"
              "inetorgperson"
            ];
          "olcDatabase={1}mdb".attrs = {
            objectClass = [ "olcDatabaseConfig" "olcMdbConfig" ];
            olcDatabase = "{1}mdb";
            olcDbDirectory = "/var/lib/openldap/data";
            olcSuffix = "dc=example,dc=org";
            olcRootDN = "cn=admin,dc=example,dc=org";
            olcRootPW.path = "/etc/ldap-password";
          };
        };
        declarativeContents."dc=example,dc=org" = ''
          dn: dc=example,dc=org
          objectClass: domain
          dc: example

          dn: uid=alice,dc=example,dc=org
          objectClass: inetOrgPerson
          uid: alice
          cn: Alice
          sn: Liddell
        '';
      };
      environment.etc."ldap-password" = {
        mode = "0400";
        user = "openldap";
        text = "secret";
      };

      services.bind = {
        enable = true;
        forwarders = [ ];
        zones."example.test" = {
          master = true;
          file = pkgs.writeText "example.test" ''
            $TTL 60
            @ IN SOA ns hostmaster 1 60 60 60 60
            @ IN NS ns
            ns IN A 192.0.2.1
            www IN A 192.0.2.7
          '';
        };
      };
    };

  testScript = ''
    machine.wait_for_unit("multi-user.target", timeout=600)

    with subtest("nfs: a directory that was made is mounted"):
        machine.succeed("systemctl start nfs-server")
        machine.succeed("mkdir -p /mnt/shared && mount /mnt/shared && echo here > /mnt/shared/file && umount /mnt/shared")
        assert machine.succeed("cat /srv/exported/file") == "here\n"

    with subtest("postfix: mail for root's alias, a virtual alias, and tables"):
        machine.succeed("systemctl start dovecot postfix")
        machine.succeed("printf 'Subject: one\n\nfirst\n' | su guest -s /bin/sh -c '/usr/sbin/sendmail root'")
        machine.succeed("printf 'Subject: spam\n\nsecond\n' | /run/wrappers/bin/sendmail info@example.org")
        assert machine.succeed("postmap -q key hash:/etc/postfix/own") == "value\n"

    with subtest("dovecot: the mail by IMAP, sorted by a script"):
        imap = "curl --silent --show-error --fail --user guest:secret imap://127.0.0.1"
        machine.wait_until_succeeds(f"{imap}/INBOX';MAILINDEX=1' | grep first")
        machine.wait_until_succeeds(f"{imap}/Spam';MAILINDEX=1' | grep second")
        machine.fail(f"{imap.replace('secret', 'wrong')}/INBOX")
        assert "\\Junk" in machine.succeed(f"{imap}/")

    with subtest("syncthing: settings are applied, what is not in them is removed"):
        machine.succeed("systemctl start syncthing && systemctl start syncthing-init")
        config = "/var/lib/syncthing/.config/syncthing/config.xml"
        key = machine.succeed(f"sed -n 's|.*<apikey>\\(.*\\)</apikey>.*|\\1|p' {config}").strip()
        rest = f"curl --silent --fail --header 'X-API-Key: {key}' http://127.0.0.1:8384/rest"
        machine.wait_until_succeeds(f"{rest}/config/folders | jq -e '[.[].path] == [\"/var/lib/syncthing/documents\"]'")
        machine.succeed(f"{rest}/config/devices | jq -e '[.[].name] | index(\"other\")'")
        machine.succeed(f"{rest}/config/options | jq -e '.urAccepted == -1'")

    with subtest("transmission: settings and secrets"):
        machine.succeed("systemctl stop syncthing dovecot postfix && systemctl start transmission")
        rpc = "http://127.0.0.1:9091/transmission/rpc"
        machine.wait_until_succeeds("transmission-remote --session-info | grep /var/lib/transmission/Downloads")
        session = machine.succeed(f"curl --silent {rpc} | grep -o 'X-Transmission-Session-Id: [A-Za-z0-9]*' | head -n 1").strip()
        ask = f"curl --silent --fail --header '{session}' --data '{{\"method\":\"session-get\"}}' {rpc}"
        machine.succeed(f"{ask} | jq -e '.arguments | .[\"speed-limit-up\"] == 77 and .[\"alt-speed-down\"] == 33'")

    with subtest("deluge"):
        machine.succeed("systemctl stop transmission && systemctl start deluged")
        ask = "connect 127.0.0.1 localclient secret; config max_upload_speed"
        machine.wait_until_succeeds(f"deluge-console '{ask}' | grep 44")

    with subtest("radicale: an appointment is written and read"):
        machine.succeed("systemctl stop deluged && systemctl start radicale")
        machine.wait_for_open_port(5232)
        event = "BEGIN:VCALENDAR\\r\\nVERSION:2.0\\r\\nPRODID:x\\r\\nBEGIN:VEVENT\\r\\nUID:1\\r\\nDTSTAMP:20260101T000000Z\\r\\n"
        event += "DTSTART:20260101T100000Z\\r\\nSUMMARY:Tea\\r\\nEND:VEVENT\\r\\nEND:VCALENDAR\\r\\n"
        machine.succeed(f"printf '{event}' > /tmp/event")
        url = "http://127.0.0.1:5232/alice/calendar/"
        machine.succeed(f"curl --silent --fail --user alice:x --request MKCALENDAR {url}")
        machine.succeed(f"curl --silent --fail --user alice:x --header 'Content-Type: text/calendar' --upload-file /tmp/event {url}1.ics")
        assert "SUMMARY:Tea" in machine.succeed(f"curl --silent --fail --user alice:x {url}1.ics")

    with subtest("openldap: an entry that was declared is found, and one is added"):
        machine.succeed("systemctl stop radicale && systemctl start openldap")
        find = "ldapsearch -x -LLL -H ldap://127.0.0.1 -b dc=example,dc=org"
        assert "sn: Liddell" in machine.succeed(f"{find} '(uid=alice)' sn")
        entry = "dn: uid=bob,dc=example,dc=org\\nobjectClass: inetOrgPerson\\nuid: bob\\ncn: Bob\\nsn: Doe\\n"
        machine.succeed(f"printf '{entry}' | ldapadd -x -H ldap://127.0.0.1 -D cn=admin,dc=example,dc=org -w secret")
        assert "sn: Doe" in machine.succeed(f"{find} '(uid=bob)' sn")

    with subtest("bind: a zone"):
        machine.succeed("systemctl start bind")
        assert machine.succeed("dig +short @127.0.0.1 www.example.test") == "192.0.2.7\n"
        machine.succeed("rndc -k /etc/bind/rndc.key status | grep running")

    with subtest("rabbitmq: a message is published and read"):
        machine.succeed("systemctl start rabbitmq")
        api = "curl --silent --fail --user guest:guest http://127.0.0.1:15672/api"
        machine.wait_until_succeeds(f"{api}/overview")
        machine.succeed(f"{api}/queues/%2F/letters --request PUT --data '{{\"durable\":true}}'")
        message = '{"properties":{},"routing_key":"letters","payload":"hello","payload_encoding":"string"}'
        machine.succeed(f"{api}/exchanges/%2F/amq.default/publish --data '{message}' | grep true")
        get = '{"count":1,"ackmode":"ack_requeue_false","encoding":"auto"}'
        assert "hello" in machine.succeed(f"{api}/queues/%2F/letters/get --data '{get}'")
        machine.succeed("rabbitmqctl list_queues | grep letters")
  '';
}
