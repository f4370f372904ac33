# What the packages of a version of PostgreSQL have as nixpkgs' have it: `psqlSchema`, extensions by name, and packages with some of them.
{
  lib,
  self,
  archive,
  combine,
}:

version:
let
  inherit (archive) packages suite;
  prefix = "postgresql-${version}-";

  # nixpkgs' names that do not follow from Debian's.
  others = {
    h3-pg = "${prefix}h3";
    pgsql-http = "${prefix}http";
    plperl = "postgresql-plperl-${version}";
    plpython3 = "postgresql-plpython3-${version}";
    pltcl = "postgresql-pltcl-${version}";
    postgis = "${prefix}postgis-3";
    timescaledb-apache = "${prefix}timescaledb";
  };

  # Those that Debian may lack.
  absent = [
    "anonymizer"
    "apache_datasketches"
    "citus"
    "cstore_fdw"
    "jsonb_deep_sum"
    "lantern"
    "pg_bigm"
    "pg_ivm"
    "pg_net"
    "pg_safeupdate"
    "pg_tle"
    "pg_topn"
    "pg_uuidv7"
    "pgjwt"
    "pgmq"
    "pgroonga"
    "pgsodium"
    "pgtap"
    "pgvectorscale"
    "pgx_ulid"
    "plv8"
    "smlar"
    "sqlite_fdw"
    "system_stats"
    "temporal_tables"
    "timescaledb"
    "timescaledb_toolkit"
    "tsearch_extras"
    "vectorchord"
  ];

  # postgresql-17-repack is `repack' and `pg_repack'.
  namesOf =
    debian:
    let
      short = lib.removePrefix prefix debian;
      joined = lib.replaceStrings [ "-" ] [ "_" ] short;
    in
    [ short joined "pg_${joined}" ];
  extensions =
    lib.genAttrs absent (
      name: throw "pkgs.postgresql_${version}.pkgs.${name}: Debian ${suite} has no such extension."
    )
    // builtins.listToAttrs (
      lib.concatMap (
        debian:
        map (name: {
          inherit name;
          value = self.debianPackages.${debian};
        }) (namesOf debian)
      ) (builtins.filter (lib.hasPrefix prefix) (builtins.attrNames packages))
    )
    // lib.mapAttrs (_: name: self.debianPackages.${name}) (
      lib.filterAttrs (_: name: packages ? ${name}) others
    );

  base = [ "postgresql-${version}" "postgresql-client-${version}" ];
  isDebian = import ./is-debian.nix;

  with' =
    chosen:
    let
      jit = "postgresql-${version}-jit";
      strangers = builtins.filter (package: !isDebian package) chosen.extensions;
      names =
        base
        ++ lib.optional (chosen.jit && packages ? ${jit}) jit
        ++ map (package: package.debianPackage) (
          lib.concatMap (package: package.debianParts or [ package ]) chosen.extensions
        );
    in
    if strangers != [ ] then
      throw (
        "pkgs.postgresql_${version}.withPackages: `${lib.getName (lib.head strangers)}' is not one of Debian's packages, whose "
        + "PostgreSQL loads extensions from /usr alone. Choose from pkgs.postgresql_${version}.pkgs."
      )
    else
      combine "postgresql_${version}" names (extra chosen);

  extra = chosen: {
    psqlSchema = version;
    pkgs = extensions;
    installedExtensions = chosen.extensions;
    withPackages = choose: with' (chosen // { extensions = choose extensions; });
    withJIT = with' (chosen // { jit = true; });
    withoutJIT = with' (chosen // { jit = false; });
    # Debian's programs find their own folders, and extensions of other packages, below /usr alone.
    programs = "/usr/lib/postgresql/${version}";
  };
in
extra {
  extensions = [ ];
  jit = false;
}
