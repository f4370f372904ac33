# Thorough: databases, brokers and backups.
{
  name = "data";

  nodes.machine =
    { pkgs, ... }:
    {
      virtualisation.restrictNetwork = true;
      virtualisation.memorySize = 1536;
      virtualisation.cores = 2;
      services.postgresql = {
        enable = true;
        extensions = ps: [ ps.pgvector ];
        ensureDatabases = [ "shop" "it's" ];
        ensureUsers = [
          {
            name = "shop";
            ensureDBOwnership = true;
            ensureClauses.createdb = true;
          }
        ];
        settings.work_mem = "8MB";
        identMap = "postgres root postgres";
      };
      users.users.shop = {
        isSystemUser = true;
        group = "shop";
      };
      users.groups.shop = { };
      services.mysql = {
        enable = true;
        settings.mysqld.max_connections = 20;
        ensureDatabases = [ "shop" ];
        ensureUsers = [
          {
            name = "shop";
            ensurePermissions."shop.*" = "ALL PRIVILEGES";
          }
        ];
        initialDatabases = [ { name = "first"; } ];
      };
      services.postgresqlBackup = {
        enable = true;
        databases = [ "shop" ];
        compression = "zstd";
      };
      services.mysqlBackup = {
        enable = true;
        databases = [ "shop" ];
      };
      services.restic.backups.kept = {
        repository = "/var/lib/kept-repository";
        passwordFile = "/etc/sessions-password";
        initialize = true;
        paths = [ "/srv/kept" ];
        exclude = [ "*.tmp" ];
        pruneOpts = [ "--keep-last 2" ];
        runCheck = true;
      };
      services.restic.server = {
        enable = true;
        listenAddress = "127.0.0.1:8000";
        extraFlags = [ "--no-auth" ];
      };
      services.restic.backups.remote = {
        repository = "rest:http://127.0.0.1:8000/kept";
        passwordFile = "/etc/sessions-password";
        initialize = true;
        dynamicFilesFrom = "echo /srv/kept";
      };
      services.borgbackup.jobs.kept = {
        repo = "/var/lib/borg-repository";
        encryption = {
          mode = "repokey";
          passCommand = "cat /etc/sessions-password";
        };
        paths = [ "/srv/kept" ];
        exclude = [ "*.tmp" ];
        prune.keep.daily = 2;
      };
      services.mosquitto = {
        enable = true;
        listeners = [
          {
            address = "127.0.0.1";
            users.lamp = {
              passwordFile = "/etc/lamp-password";
              acl = [ "readwrite lamp/#" ];
            };
          }
        ];
      };
      environment.etc.lamp-password.text = "switch\n";
      services.logrotate.settings."/var/log/app.log" = {
        rotate = 1;
        size = "1k";
        compress = true;
      };
      services.miniflux = {
        enable = true;
        config.LISTEN_ADDR = "127.0.0.1:8081";
        adminCredentialsFile = "/etc/miniflux-admin";
      };
      environment.etc.miniflux-admin.text = "ADMIN_USERNAME=anna\nADMIN_PASSWORD=feeds123\n";
      environment.systemPackages = [ pkgs.curl ];
      services.memcached.enable = true;
      services.redis.servers."".enable = true;
      services.redis.servers.sessions = {
        enable = true;
        port = 6380;
        requirePassFile = "/etc/sessions-password";
      };
      environment.etc.sessions-password.text = "a \"quoted\" password\n";
    };

  testScript = ''
    machine.wait_for_unit("multi-user.target")

    with subtest("postgresql"):
        machine.wait_for_unit("postgresql.target")
        out = machine.succeed(
            "runuser -u shop -- psql -d shop -tA <<'END'\n"
            "CREATE TABLE goods (name text); INSERT INTO goods VALUES ('Äpfel'); SELECT name FROM goods;\n"
            "SHOW work_mem; SHOW server_encoding;\n"
            "SELECT rolcreatedb, rolsuper FROM pg_roles WHERE rolname = 'shop';\n"
            "END"
        )
        assert out.split()[-4:] == ["Äpfel", "8MB", "UTF8", "t|f"], out
        machine.succeed("psql -U postgres -d \"it's\" -c 'CREATE EXTENSION vector; SELECT $$[1,2]$$::vector'")
        machine.fail("runuser -u shop -- psql -U postgres -c 'SELECT 1'")

    with subtest("dumps of databases"):
        machine.succeed("systemctl start postgresqlBackup-shop mysql-backup")
        machine.succeed("zstd -dc /var/backup/postgresql/shop.sql.zstd | grep Äpfel")
        machine.succeed("zgrep 'CREATE DATABASE\\|Dump completed' /var/backup/mysql/shop.gz")

    with subtest("mysql"):
        machine.wait_for_unit("mysql.service")
        out = machine.succeed(
            "runuser -u shop -- mysql --skip-ssl -N shop -e "
            "\"CREATE TABLE goods (name TEXT); INSERT INTO goods VALUES ('pears'); SELECT * FROM goods; SELECT @@max_connections\""
        )
        assert out == "pears\n20\n", out
        machine.fail("runuser -u shop -- mysql --skip-ssl first -e 'SHOW TABLES'")
        machine.succeed("mysql --skip-ssl first -e 'SHOW TABLES'")

    with subtest("memcached"):
        machine.wait_for_open_port(11211)
        machine.succeed("exec 3<>/dev/tcp/127.0.0.1/11211; printf 'set a 0 0 2\\r\\nhi\\r\\nget a\\r\\nquit\\r\\n' >&3; grep -x 'hi.' <&3")

    with subtest("restic"):
        machine.succeed("mkdir /srv/kept && echo precious > /srv/kept/file && echo x > /srv/kept/file.tmp")
        machine.succeed("systemctl start restic-backups-kept")
        machine.succeed("restic-kept restore latest --target /tmp/restored")
        assert machine.succeed("cd /tmp/restored && find . -type f -exec cat {} +") == "precious\n"
        machine.succeed("systemctl start restic-backups-remote && test -e /var/lib/restic/kept/config")

    with subtest("borgbackup"):
        machine.succeed("systemctl start --wait borgbackup-job-kept")
        machine.succeed("mkdir /tmp/extracted && cd /tmp/extracted && borg-job-kept extract ::$(borg-job-kept list --short)")
        assert machine.succeed("cd /tmp/extracted && find . -type f -exec cat {} +") == "precious\n"

    with subtest("mosquitto"):
        machine.wait_for_unit("mosquitto.service")
        lamp = "-u lamp -P switch -t lamp/one "
        machine.succeed("mosquitto_pub " + lamp + "-r -m on && mosquitto_sub " + lamp + "-C 1 -W 60 | grep -x on")
        machine.fail("mosquitto_pub -u lamp -P wrong -t lamp/one -m off")

    with subtest("logrotate"):
        machine.succeed("seq 1000 > /var/log/app.log && systemctl start logrotate")
        machine.succeed("zcat /var/log/app.log.1.gz | grep -x 1000")

    with subtest("miniflux"):
        machine.wait_for_open_port(8081)
        assert '"username":"anna"' in machine.succeed("curl -fsu anna:feeds123 http://127.0.0.1:8081/v1/me")

    with subtest("redis"):
        machine.succeed("redis-cli set greeting hello")
        assert machine.succeed("redis-cli get greeting") == "hello\n"
        machine.succeed("systemctl restart redis")
        assert machine.succeed("redis-cli get greeting") == "hello\n"
        machine.succeed("redis-cli -p 6380 ping | grep NOAUTH")
        assert "PONG" in machine.succeed("redis-cli -p 6380 --no-auth-warning -a 'a \"quoted\" password' ping")
  '';
}
