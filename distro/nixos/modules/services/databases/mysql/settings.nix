# What services.mysql adds to the settings of the user's.
{
  cfg,
  isMariaDB,
  lib,
}:

let
  galera = cfg.galeraCluster;
  replicates = cfg.replication.role != "none";
in
lib.mkMerge [
  {
    mysqld = {
      datadir = cfg.dataDir;
      port = lib.mkDefault 3306;
    };
  }
  (lib.mkIf replicates {
    mysqld = {
      log-bin = "mysql-bin-${toString cfg.replication.serverId}";
      log-bin-index = "mysql-bin-${toString cfg.replication.serverId}.index";
      relay-log = "mysql-relay-bin";
      server-id = cfg.replication.serverId;
      binlog-ignore-db = [ "information_schema" "performance_schema" "mysql" ];
    };
  })
  (lib.mkIf (!isMariaDB) { mysqld.plugin-load-add = [ "auth_socket.so" ]; })
  (lib.mkIf galera.enable {
    mysqld = {
      # What a cluster needs: rows that InnoDB has.
      binlog_format = "ROW";
      enforce_storage_engine = "InnoDB";
      innodb_autoinc_lock_mode = 2;
      bind_address = lib.mkDefault "0.0.0.0";
      wsrep_on = "ON";
      wsrep_debug = lib.mkDefault "NONE";
      wsrep_retry_autocommit = lib.mkDefault "3";
      wsrep_provider = "${galera.package}/lib/galera/libgalera_smm.so";
      wsrep_cluster_name = galera.name;
      wsrep_cluster_address =
        if galera.clusterAddress != "" then
          galera.clusterAddress
        else
          "gcomm://${lib.concatStringsSep "," galera.nodeAddresses}"
          + lib.optionalString
            (galera.clusterPassword != "")
            "?gmcast.seg=1:${galera.clusterPassword}";
      wsrep_node_address = galera.localAddress;
      wsrep_node_name = galera.localName;
      wsrep_sst_method = galera.sstMethod;
      wsrep_sst_auth = "check_repl:check_pass";
    };
  })
]
