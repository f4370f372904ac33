# What mounts file systems of other machines, wherever they are named.
let
  known = [ "nfs-common" "cifs-utils" "keyutils" "sshfs" "glusterfs-client" "davfs2" "ceph-common" ];
  facts = modules:
    let s = import ./system.inc modules; inherit (s) config lib;
    in {
      packages = builtins.filter (p: builtins.elem p known) config.system.basePackages;
      remote = config.systemd.units."remote-fs.target".wantedBy;
      nfs = config.systemd.units."nfs-client.target".wantedBy or [ ];
      accounts = builtins.filter (u: u == "statd" || u == "_rpc") (builtins.attrNames config.users.users);
      fstab = builtins.filter (l: builtins.match ".* /mnt.*" l != null) (lib.splitString "\n" config.environment.etc.fstab.text);
    };
  mnt = fsType: { fileSystems."/mnt" = { inherit fsType; device = "server:/x"; }; };
in
{
  none = facts { };
  nfs = facts (mnt "nfs");
  nfs4 = facts { fileSystems."/mnt" = { fsType = "nfs4"; device = "server:/x"; options = [ "x-systemd.automount" "noauto" ]; }; };
  cifs = facts (mnt "cifs");
  sshfs = facts (mnt "fuse.sshfs");
  off = facts { fileSystems."/mnt" = { fsType = "nfs"; device = "server:/x"; enable = false; }; };
  supported = facts { boot.supportedFilesystems = [ "nfs" "cifs" ]; };
  unit = facts { systemd.mounts = [{ what = "server:/x"; where = "/mnt"; type = "nfs"; }];
    systemd.automounts = [{ where = "/mnt"; wantedBy = [ "multi-user.target" ]; }]; };
}
