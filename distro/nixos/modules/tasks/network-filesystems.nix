# Network file systems: the programs that mount them, and the services of NFS. systemd makes their units from /etc/fstab; these wait
# for the network, and remote-fs.target starts them.
{ config, lib, ... }:

let
  inherit (lib) mkIf;
  inherit (import ../../lib/formats { inherit lib; }) systemd;

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

  settingsType = lib.types.attrsOf (
    lib.types.attrsOf (
      lib.types.oneOf [
        lib.types.bool
        lib.types.int
        lib.types.str
      ]
    )
  );
  # The settings of a configuration take the place of these.
  nfsConf = lib.recursiveUpdate {
    general.pipefs-directory = "/run/rpc_pipefs";
  } config.services.nfs.settings;
in
{
  options.services.nfs = {
    settings = lib.mkOption {
      type = settingsType;
      default = { };
      example = { mountd.manage-gids = true; };
      description = "Settings of /etc/nfs.conf by section, as in nfs.conf(5).";
    };
    extraConfig = lib.mkOption {
      type = lib.types.lines;
      default = "";
      example = "[nfsd]\nvers3=n";
      description = "Lines to append to /etc/nfs.conf, as in nfs.conf(5).";
    };
    idmapd.settings = lib.mkOption {
      type = settingsType;
      default = { };
      example = { Translation.GSS-Methods = "static,nsswitch"; };
      description =
        "Settings of /etc/idmapd.conf by section, as in idmapd.conf(5). Setting it replaces the default ones.";
    };
  };

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
        "nfs.conf".text = lib.mkDefault (
          systemd.settingsToText {
            option = "services.nfs.settings";
            file = "/etc/nfs.conf";
          } nfsConf
          + config.services.nfs.extraConfig
        );
        "idmapd.conf".text = lib.mkDefault (
          if config.services.nfs.idmapd.settings != { } then
            systemd.settingsToText {
              option = "services.nfs.idmapd.settings";
              file = "/etc/idmapd.conf";
            } config.services.nfs.idmapd.settings
          else
            ''
              [General]
              ${lib.optionalString (config.networking.domain != null) "Domain = ${config.networking.domain}\n"}
              [Mapping]
              Nobody-User = nobody
              Nobody-Group = nogroup
            ''
        );
      };
    })
  ];
}
