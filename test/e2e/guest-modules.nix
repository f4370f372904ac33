# Modules whose effect only a boot shows: what Debian's packages would put over them, and file systems of other machines, which are
# served by the machine itself here.
{ lib, pkgs, ... }: {
  console.keyMap = "de";
  console.font = "Lat2-Terminus16";
  time.timeZone = "US/Eastern";
  services.resolved.extraConfig = "MulticastDNS=resolve\n";
  boot.kernel.sysctl."vm.swappiness" = 7;
  environment.etc."of tarn" = { text = "a copy\n"; mode = "0640"; uid = 1000; gid = 100; };

  # A name that comes late: it counts before the network of all links.
  systemd.network.networks.lan = {
    matchConfig.Name = "en*";
    address = [ "10.0.2.77/24" ];
    gateway = [ "10.0.2.2" ];
  };

  environment.systemPackages = with pkgs.debianPackages; [
    nfs-kernel-server
    ksmbd-tools
    # Built here, and in an environment of packages.
    (pkgs.buildEnv {
      name = "tools";
      paths = [
        (pkgs.runCommand "own-tool" { } "mkdir -p $out/bin; echo 'echo an own tool' > $out/bin/own-tool; chmod +x $out/bin/own-tool")
      ];
      postBuild = "ln -s own-tool $out/bin/same-tool";
    })
  ];
  systemd.tmpfiles.rules = [
    "d /srv/nfs 0755 root root -"
    "f /srv/nfs/hello 0644 root root - over nfs"
    "d /srv/smb 0755 root root -"
    "f /srv/smb/hello 0644 root root - over smb"
    "d /var/lib/nfs/nfsdcld 0755 root root -"
  ];
  environment.etc.exports.text = "/srv/nfs 127.0.0.1(rw,fsid=0,no_subtree_check)\n";
  systemd.services.nfs-server.wantedBy = [ "multi-user.target" ];
  environment.etc."ksmbd/ksmbd.conf".text = ''
    [global]
      map to guest = bad user
      guest account = nobody
    [share]
      path = /srv/smb
      guest ok = yes
  '';
  systemd.services.ksmbd.wantedBy = [ "multi-user.target" ];

  fileSystems = {
    # Along with the boot; when first used; and of another kind.
    "/mnt/nfs" = { device = "127.0.0.1:/"; fsType = "nfs4"; options = [ "x-systemd.requires=nfs-server.service" ]; };
    "/mnt/nfs-later" = { device = "127.0.0.1:/"; fsType = "nfs"; options = [ "x-systemd.automount" "noauto" ]; };
    "/mnt/smb" = { device = "//127.0.0.1/share"; fsType = "cifs";
      options = [ "guest" "x-systemd.automount" "noauto" "x-systemd.requires=ksmbd.service" ]; };
  };
}
