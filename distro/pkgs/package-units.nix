# What maintainer scripts do once for some daemons, as units and drop-ins beside those of the package, by package: data that a daemon does
# not start without. Each unit does its work when the daemon is started for the first time.
let
  units = "usr/lib/systemd/system";
in
{
  # The cluster "main", as for an installation. systemd has a generator that makes the daemon's instances from /etc/postgresql.
  postgresql-common = {
    "${units}/postgresql-create-cluster.service" = ''
      [Unit]
      Description=First cluster of PostgreSQL
      Before=postgresql.service
      ConditionPathExistsGlob=!/etc/postgresql/*/*/postgresql.conf

      [Service]
      Type=oneshot
      RemainAfterExit=yes
      Environment=LC_ALL=C.UTF-8
      ExecStart=/bin/sh -ec 'for server in /usr/lib/postgresql/*/bin/postgres; do \
        version=$$(basename "$$(dirname "$$(dirname "$$server")")"); \
        pg_createcluster "$$version" main; systemctl daemon-reload; systemctl --no-block start "postgresql@$$version-main"; done'
    '';
    "${units}/postgresql.service.d/create-cluster.conf" = ''
      [Unit]
      Wants=postgresql-create-cluster.service
    '';
  };

  # The system tables; and how its unit's scripts reach the server, as root through the socket.
  mariadb-server = {
    "${units}/mariadb.service.d/create-tables.conf" = ''
      [Service]
      ExecStartPre=+/bin/sh -ec '[ -d /var/lib/mysql/mysql ] || \
        mariadb-install-db --user=mysql --skip-test-db --auth-root-authentication-method=socket'
    '';
    "usr/lib/tmpfiles.d/zz-mariadb-server.conf" =
      let
        sections = map (name: "[${name}]\\nhost=localhost\\nuser=root\\n") [
          "client"
          "mysql_upgrade"
        ];
      in
      "f /etc/mysql/debian.cnf 0600 root root - ${builtins.concatStringsSep "" sections}\n";
  };
}
