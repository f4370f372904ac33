# Network file systems: the programs that mount them, and the services of NFS. systemd makes their units from /etc/fstab; these wait
# for the network, and remote-fs.target starts them.
{ config, lib, ... }:

let
  inherit (lib) mkIf;

  # Type -> the packages with its mount.TYPE. The kernel loads the module at the first mount.
  helpers = {
    nfs = [ "nfs-common" ];
    nfs4 = [ "nfs-common" ];
    cifs = [ "cifs-utils" "keyutils" ];
    smb3 = [ "cifs-utils" "keyutils" ];
    sshfs = [ "sshfs" ];
    "fuse.sshfs" = [ "sshfs" ];
    davfs = [ "davfs2" ];
    glusterfs = [ "glusterfs-client" ];
    "fuse.glusterfs" = [ "glusterfs-client" ];
    ceph = [ "ceph-common" ];
  };

  enabled = lib.filterAttrs (_: on: on) config.boot.supportedFilesystems;
  used =
    map (fs: fs.fsType) (builtins.filter (fs: fs.enable) (lib.attrValues config.fileSystems))
    ++ map (m: m.type) config.systemd.mounts
    ++ lib.attrNames enabled;

  hasNfs = lib.any (type: type == "nfs" || type == "nfs4") used;
in
{
  options.boot.networkFilesystems = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    internal = true;
    readOnly = true;
    default = lib.attrNames helpers;
    description = "The types of file systems of other machines that are known here.";
  };

  config = lib.mkMerge [
    {
      system.basePackages = lib.unique (lib.concatMap (type: helpers.${type} or [ ]) used);
      # Enabled by its [Install] section and systemd's preset. Without network file systems it starts no process.
      systemd.targets.remote-fs.wantedBy = [ "multi-user.target" ];
    }

    (mkIf hasNfs {
      # mount.nfs starts rpcbind and statd, for locks of NFS 3, when it needs them.
      systemd.targets.nfs-client = {
        overrideStrategy = "asDropin";
        wantedBy = [ "multi-user.target" "remote-fs.target" ];
      };

      # What the packages' maintainer scripts create: accounts, state and default configuration files.
      users.users = {
        statd = {
          isSystemUser = true;
          group = "nogroup";
          home = "/var/lib/nfs";
        };
        _rpc = {
          isSystemUser = true;
          group = "nogroup";
          home = "/run/rpcbind";
        };
      };
      systemd.tmpfiles.rules = [
        "d /var/lib/nfs 0755 statd nogroup -"
        "d /var/lib/nfs/sm 0700 statd nogroup -"
        "d /var/lib/nfs/sm.bak 0700 statd nogroup -"
        "f /var/lib/nfs/state 0600 statd nogroup -"
        "f /var/lib/nfs/etab 0644 root root -"
        "f /var/lib/nfs/rmtab 0644 root root -"
      ];
      environment.etc = {
        "nfs.conf".text = lib.mkDefault "[general]\npipefs-directory=/run/rpc_pipefs\n";
        "idmapd.conf".text = lib.mkDefault ''
          [General]
          ${lib.optionalString (config.networking.domain != null) "Domain = ${config.networking.domain}\n"}
          [Mapping]
          Nobody-User = nobody
          Nobody-Group = nogroup
        '';
      };
    })
  ];
}
