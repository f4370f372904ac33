# Servers of files, names and mail on the local network.
{
  name = "servers";

  nodes.machine =
    { pkgs, ... }:
    {
      virtualisation.memorySize = 1024;

      services.openssh.enable = true;
      users.users.guest = {
        isNormalUser = true;
        password = "secret";
      };

      services.avahi = {
        enable = true;
        nssmdns4 = true;
        allowInterfaces = [ "eth1" ];
        publish = {
          enable = true;
          addresses = true;
          userServices = true;
        };
        extraServiceFiles.web = ''
          <service-group>
            <name>A page of this machine</name>
            <service><type>_http._tcp</type><port>80</port></service>
          </service-group>
        '';
      };

      services.fail2ban = {
        enable = true;
        maxretry = 2;
        jails.probe = {
          filter.Definition.failregex = "refused <HOST>$";
          settings = {
            backend = "polling";
            logpath = "/var/log/probe";
            banaction = "nftables-allports";
            maxretry = 2;
          };
        };
      };

      services.samba = {
        enable = true;
        openFirewall = true;
        winbindd.enable = false;
        settings.files = {
          path = "/srv/files";
          "read only" = false;
        };
      };
      systemd.tmpfiles.rules = [ "d /srv/files 0755 guest users -" "f /var/log/probe - - - -" ];
    };

  testScript = ''
    machine.wait_for_unit("multi-user.target")

    with subtest("avahi: the machine's name, and a service"):
        machine.wait_for_unit("avahi-daemon.service")
        machine.wait_until_succeeds("avahi-resolve-host-name --name machine.local")
        machine.wait_until_succeeds("getent ahostsv4 machine.local")
        found = machine.wait_until_succeeds("avahi-browse --parsable --terminate --resolve _http._tcp | grep '^='")
        assert "A\\032page" in found, found

    with subtest("fail2ban: hosts in a log, and of sshd"):
        machine.wait_until_succeeds("fail2ban-client status sshd")
        machine.succeed("for i in 1 2; do echo \"$(date +'%F %T') refused 203.0.113.9\" >> /var/log/probe; done")
        machine.wait_until_succeeds("nft list ruleset | grep 203.0.113.9")
        machine.succeed("fail2ban-client unban 203.0.113.9")
        machine.fail("nft list ruleset | grep 203.0.113.9")
        machine.succeed("fail2ban-client get sshd ignoreip | grep 127.0.0.0/8")

    with subtest("samba: a file is written and read by SMB"):
        machine.wait_for_unit("samba.target")
        machine.succeed("(echo secret; echo secret) | smbpasswd -s -a guest")
        machine.succeed("echo contents > /tmp/file")
        machine.succeed("smbclient //localhost/files -U guest%secret -c 'put /tmp/file file'")
        assert machine.succeed("cat /srv/files/file") == "contents\n"
        machine.fail("smbclient //localhost/files -U guest%wrong -c ls")
  '';
}
