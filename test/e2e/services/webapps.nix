# Thorough: Nextcloud's module, Apache, libvirt and cloud-init.
{
  name = "webapps";

  nodes.machine =
    { pkgs, ... }:
    {
      virtualisation.memorySize = 2048;
      virtualisation.cores = 2;
      environment.etc."systemd/system.conf.d/slow.conf".text =
        "[Manager]\nDefaultTimeoutStartSec=600s\n";
      networking.hosts."127.0.0.1" = [ "cloud.test" "www.test" ];
      environment.systemPackages = [ pkgs.curl ];
      systemd.tmpfiles.rules = [
        "f+ /run/admin-password 0600 root root - from-a-file"
        "f+ /run/mail-password 0600 root root - of-the-mail"
        "f+ /run/more.json 0600 root root - {\"extra\":{\"a\":1}}"
      ];

      services.nextcloud = {
        enable = true;
        package = import ./webapps/nextcloud-stand-in.nix { inherit pkgs; };
        hostName = "cloud.test";
        database.createLocally = true;
        enableImagemagick = false;
        extraApps.probe = pkgs.writeTextDir "info.xml" "<info/>";
        maxUploadSize = "77M";
        poolSettings = {
          pm = "ondemand";
          "pm.max_children" = 2;
        };
        config = {
          dbtype = "pgsql";
          adminuser = "admin";
          adminpassFile = "/run/admin-password";
        };
        secrets.mail_smtppassword = "/run/mail-password";
        secretFile = "/run/more.json";
        settings.extra.b = 2;
      };

      services.httpd = {
        enable = true;
        adminAddr = "admin@example.org";
        virtualHosts."www.test" = {
          listen = [
            {
              ip = "127.0.0.1";
              port = 8080;
            }
          ];
          documentRoot = pkgs.writeTextDir "index.html" "a page of Apache";
          locations."/app".proxyPass = "http://127.0.0.1:80/apps/style.css";
          robotsEntries = "User-agent: *\nDisallow: /\n";
        };
        virtualHosts."php.test" = {
          listen = [
            {
              ip = "127.0.0.1";
              port = 8080;
            }
          ];
          documentRoot =
            pkgs.writeTextDir
              "index.php"
              "<?php echo 6 * 7, ini_get('memory_limit'), extension_loaded('mbstring');";
          locations."/".index = "index.php";
        };
        enablePHP = true;
        phpOptions = "memory_limit = 55M";
      };

      virtualisation.libvirtd.enable = true;
      users.users.alice = {
        isNormalUser = true;
        extraGroups = [ "libvirtd" ];
      };
      users.users.bob.isNormalUser = true;

      services.cloud-init = {
        enable = true;
        settings.datasource_list = [ "NoCloud" ];
        settings.datasource.NoCloud = {
          seedfrom = "/etc/seed/";
        };
      };
      environment.etc."seed/meta-data".text = "instance-id: first\nlocal-hostname: of-the-cloud\n";
      environment.etc."seed/user-data".text = ''
        #cloud-config
        write_files:
          - path: /srv/written
            content: by cloud-init
        runcmd:
          - [ sh, -c, "echo ran > /srv/ran" ]
      '';
    };

  testScript = ''
    import json

    machine.wait_for_unit("multi-user.target")

    with subtest("nextcloud: set up by the credentials, and served by nginx, PHP-FPM and PostgreSQL"):
        machine.wait_for_unit("phpfpm-nextcloud.service")
        config = machine.succeed("cat /var/lib/nextcloud/config/config.php")
        assert "'admin-pass' => 'from-a-file'" in config and "'database' => 'pgsql'" in config, config
        assert "from-a-file" not in config.split("'cmdline'")[1], config
        page = json.loads(machine.succeed("curl -sf http://cloud.test/apps/files/?a=b"))
        assert page["user"] == "nextcloud" and page["database"] == "nextcloudnextcloud", page
        assert page["uri"] == "/apps/files/?a=b" and page["https"] == "off" and page["limit"] == "77M", page
        assert page["mail"] == "of-the-mail" and page["extra"] == {"a": 1, "b": 2}, page
        page = json.loads(machine.succeed("curl -sf http://cloud.test/remote.php/dav/files"))
        assert page["path"] == "/dav/files" and page["apcu"], page
        machine.succeed("curl -sf http://cloud.test/apps/style.css | grep blue")
        for path in ["db_structure.xml", "config/config.php", "data/x", "occ"]:
            machine.succeed(f"curl -s -o /dev/null -w '%{{http_code}}' http://cloud.test/{path} | grep -x 404")
        machine.succeed("curl -sI http://cloud.test/.well-known/carddav | grep 'Location: /remote.php/dav/'")

    with subtest("nextcloud: occ and the timer"):
        names = machine.succeed("nextcloud-occ config:system:get trusted_domains")
        assert json.loads(names) == ["cloud.test"], names
        machine.wait_until_succeeds("grep '^db:add-missing-indices' /var/lib/nextcloud/config/commands")
        commands = machine.succeed("cat /var/lib/nextcloud/config/commands")
        assert commands.startswith("upgrade\napp:enable probe\n"), commands
        machine.succeed("systemctl start nextcloud-cron.service")
        machine.wait_until_succeeds("test -e /var/lib/nextcloud/config/cron-ran")
        machine.succeed("systemctl is-active nextcloud-cron.timer")
        machine.succeed("systemctl restart nextcloud-setup.service")

    with subtest("httpd: virtual hosts, a proxy, PHP"):
        machine.wait_for_unit("httpd.service")
        machine.succeed("curl -sf http://www.test:8080/ | grep 'a page of Apache'")
        machine.succeed("curl -sf http://www.test:8080/robots.txt | grep Disallow")
        machine.succeed("curl -sf http://www.test:8080/app | grep blue")
        machine.succeed("curl -sf -H 'Host: php.test' http://127.0.0.1:8080/ | grep -x 4255M1")
        machine.succeed("ps -o user= -C apache2 | grep -x wwwrun")
        machine.succeed("grep robots.txt /var/log/httpd/access-www.test.log")
        machine.succeed("systemctl reload httpd.service")
        machine.succeed("curl -sf http://www.test:8080/ | grep 'a page of Apache'")

    with subtest("libvirt: its groups, a network and a machine's definition"):
        machine.succeed("su alice -c 'virsh -c qemu:///system net-list --all' | grep default")
        machine.fail("su bob -c 'virsh -c qemu:///system list'")
        machine.succeed("su alice -c 'virsh -c qemu:///system capabilities' | grep x86_64")
        machine.succeed(
            "echo '<domain type=\"qemu\"><name>small</name><memory>1024</memory><os><type>hvm</type></os></domain>' > /tmp/small.xml"
        )
        machine.succeed("virsh define /tmp/small.xml && virsh list --all | grep small")
        machine.succeed("systemctl is-active libvirt-guests.service")

    with subtest("cloud-init: a name, a file and a command"):
        machine.wait_for_unit("cloud-final.service")
        machine.wait_until_succeeds("cloud-init status --wait | grep 'status: done'")
        assert machine.succeed("hostname").strip() == "of-the-cloud"
        assert machine.succeed("cat /srv/written") == "by cloud-init"
        machine.succeed("grep ran /srv/ran")
  '';
}
