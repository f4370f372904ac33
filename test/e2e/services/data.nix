# Databases, brokers and backups.
{
  name = "data";

  nodes.machine = {
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
        as_shop = "runuser -u shop -- psql -d shop -tAc "
        machine.succeed(as_shop + "'CREATE EXTENSION IF NOT EXISTS plpgsql; CREATE TABLE goods (name text)'")
        machine.succeed(as_shop + "\"INSERT INTO goods VALUES ('Äpfel')\"")
        assert machine.succeed(as_shop + "'SELECT name FROM goods'") == "Äpfel\n"
        assert machine.succeed(as_shop + "'SHOW work_mem; SHOW server_encoding'") == "8MB\nUTF8\n"
        assert machine.succeed("psql -U postgres -tAc 'SELECT rolcreatedb FROM pg_roles WHERE rolname = $$shop$$'") == "t\n"
        machine.succeed("psql -U postgres -d \"it's\" -c 'CREATE EXTENSION vector; SELECT $$[1,2]$$::vector'")
        machine.fail("runuser -u shop -- psql -U postgres -c 'SELECT 1'")

    with subtest("mysql"):
        machine.wait_for_unit("mysql.service")
        as_shop = "runuser -u shop -- mysql -N shop -e "
        machine.succeed(as_shop + "\"CREATE TABLE goods (name TEXT); INSERT INTO goods VALUES ('pears')\"")
        assert machine.succeed(as_shop + "'SELECT * FROM goods'") == "pears\n"
        assert machine.succeed(as_shop + "'SELECT @@max_connections'") == "20\n"
        machine.fail("runuser -u shop -- mysql first -e 'SHOW TABLES'")
        machine.succeed("mysql first -e 'SHOW TABLES'")

    with subtest("memcached"):
        machine.wait_for_open_port(11211)
        machine.succeed("exec 3<>/dev/tcp/127.0.0.1/11211; printf 'set a 0 0 2\\r\\nhi\\r\\nget a\\r\\nquit\\r\\n' >&3; grep -x 'hi.' <&3")

    with subtest("redis"):
        machine.succeed("redis-cli set greeting hello")
        assert machine.succeed("redis-cli get greeting") == "hello\n"
        machine.succeed("systemctl restart redis")
        assert machine.succeed("redis-cli get greeting") == "hello\n"
        machine.succeed("redis-cli -p 6380 ping | grep NOAUTH")
        assert "PONG" in machine.succeed("redis-cli -p 6380 --no-auth-warning -a 'a \"quoted\" password' ping")
  '';
}
