# The databases and roles of services.postgresql.ensure*, as commands of psql.
{ lib }:

let
  inherit (import ./names.nix { inherit lib; }) identifier literal;

  # The command runs if the query of the catalogue finds no row.
  unless = query: command: "SELECT ${literal command} WHERE NOT EXISTS (${query}) \\gexec\n";

  database =
    name:
    unless
      "SELECT FROM pg_database WHERE datname = ${literal name}"
      "CREATE DATABASE ${identifier name}";

  role =
    user:
    let
      clauses = lib.mapAttrsToList (name: value: lib.optionalString (!value) "no" + name) (
        lib.filterAttrs (_: value: value != null) user.ensureClauses
      );
    in
    unless
      "SELECT FROM pg_roles WHERE rolname = ${literal user.name}"
      "CREATE USER ${identifier user.name}"
    + lib.optionalString
      (clauses != [ ])
      "ALTER ROLE ${identifier user.name} ${lib.concatStringsSep " " clauses};\n"
    + lib.optionalString
      user.ensureDBOwnership
      "ALTER DATABASE ${identifier user.name} OWNER TO ${identifier user.name};\n";
in
{
  setup =
    { ensureDatabases, ensureUsers, ... }:
    lib.concatMapStrings database ensureDatabases + lib.concatMapStrings role ensureUsers;
}
