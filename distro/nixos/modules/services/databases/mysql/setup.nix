# Statements of SQL for what the options of services.mysql want in the server.
{ lib, isMariaDB }:

let
  literal = text: "'${lib.replaceStrings [ "\\" "'" ] [ "\\\\" "''" ] text}'";
  identifier = text: "`${lib.replaceStrings [ "`" ] [ "``" ] text}`";
  account = name: host: "${literal name}@${literal host}";
  bySocket = if isMariaDB then "unix_socket" else "auth_socket";

  user =
    { name, ensurePermissions }:
    "CREATE USER IF NOT EXISTS ${account name "localhost"} IDENTIFIED WITH ${bySocket};\n"
    + lib.concatStrings (
      lib.mapAttrsToList (
        place: rights: "GRANT ${rights} ON ${place} TO ${account name "localhost"};\n"
      ) ensurePermissions
    );
in
{
  ensured =
    { ensureDatabases, ensureUsers, ... }:
    lib.concatMapStrings (
      name: "CREATE DATABASE IF NOT EXISTS ${identifier name};\n"
    ) ensureDatabases
    + lib.concatMapStrings user ensureUsers;

  # MariaDB makes such an account itself.
  first = cfg: ''
    CREATE USER IF NOT EXISTS ${account cfg.user "localhost"} IDENTIFIED WITH ${bySocket};
    GRANT ALL PRIVILEGES ON *.* TO ${account cfg.user "localhost"} WITH GRANT OPTION;
  '';

  initialDatabase =
    { name, ... }:
    ''
      CREATE DATABASE ${identifier name};
      USE ${identifier name};
    '';

  replication =
    r:
    if r.role == "master" then
      ''
        CREATE USER ${account r.masterUser r.slaveHost} IDENTIFIED BY ${literal r.masterPassword};
        GRANT REPLICATION SLAVE ON *.* TO ${account r.masterUser r.slaveHost};
      ''
    else
      ''
        STOP SLAVE;
        CHANGE MASTER TO MASTER_HOST=${literal r.masterHost}, MASTER_PORT=${toString r.masterPort},
          MASTER_USER=${literal r.masterUser}, MASTER_PASSWORD=${literal r.masterPassword};
        START SLAVE;
      '';
}
