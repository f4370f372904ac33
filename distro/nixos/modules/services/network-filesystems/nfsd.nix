# The kernel's NFS server. Debian's units are in its package; the clients' part is in tasks/network-filesystems.nix.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption;
  types = import ../../../lib/line-types.nix { inherit lib; };
  cfg = config.services.nfs.server;
  checkedFile = import ../../../lib/checked-file.nix { inherit lib pkgs; };

  port =
    example: description:
    mkOption {
      type = types.nullOr types.port;
      default = null;
      inherit example description;
    };
  renamed =
    name: lib.mkRenamedOptionModule [ "services" "nfs" name ] [ "services" "nfs" "server" name ];
in
{
  imports = [ (renamed "lockdPort") (renamed "statdPort") ];

  options.services.nfs.server = {
    enable = lib.mkEnableOption "the kernel's NFS server";
    exports = mkOption {
      type = types.lines;
      default = "";
      example = "/srv/files 192.168.0.0/16(rw)";
      description = "The contents of /etc/exports, as in exports(5).";
    };
    hostName = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The name or address at which the server listens; null for all.";
    };
    nproc = mkOption {
      type = types.int;
      default = 8;
      description = "How many threads serve requests.";
    };
    createMountPoints = mkOption {
      type = types.bool;
      default = false;
      description = "Whether directories in `exports` are made that are not there.";
    };
    mountdPort = port 4002 "The port of rpc.mountd, for machines behind a firewall.";
    lockdPort = port 4001 "The port of the kernel's lock manager.";
    statdPort = port 4000 "The port of rpc.statd.";
    extraNfsdConfig = mkOption {
      type = types.lines;
      default = "";
      description =
        "Lines for the section `nfsd` of nfs.conf. services.nfs.settings.nfsd takes its place.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ pkgs.debianPackages.nfs-kernel-server ];
    services.rpcbind.enable = true;
    boot.supportedFilesystems.nfs = true;
    # Not every kernel of Debian has it.
    boot.kernelModules = [ "nfsd" ];
    environment.etc.exports.source = checkedFile {
      name = "exports";
      text = cfg.exports;
      packages = map (name: pkgs.debianPackages.${name}) [
        "nfs-kernel-server"
        "util-linux"
        "mount"
      ];
      option = "services.nfs.server.exports";
      # exportfs reads /etc/exports only, so it gets a file system there. Where that may not be, nothing is checked. What it says of names
      # and folders, which the machine has, counts for nothing.
      check = ''
        unshare --map-root-user --mount sh -c 'mount -t tmpfs none /etc && cp "$1" /etc/exports && exportfs -r' sh "$file" 2>&1 |
          sed -n 's|^exportfs: /etc/exports:|exports:|p' > faults
        cat faults
        ! [ -s faults ]
      '';
    };

    services.nfs.settings = {
      nfsd = {
        threads = cfg.nproc;
        host = lib.mkIf (cfg.hostName != null) cfg.hostName;
      };
      mountd.port = lib.mkIf (cfg.mountdPort != null) cfg.mountdPort;
      statd.port = lib.mkIf (cfg.statdPort != null) cfg.statdPort;
      lockd = lib.mkIf (cfg.lockdPort != null) {
        port = cfg.lockdPort;
        udp-port = cfg.lockdPort;
      };
    };
    services.nfs.extraConfig =
      lib.mkIf (cfg.extraNfsdConfig != "") "[nfsd]\n${cfg.extraNfsdConfig}";

    systemd.tmpfiles.rules = [
      "d /var/lib/nfs/v4recovery - - - - -"
      "d /var/lib/nfs/nfsdcld - - - - -"
    ];
    systemd.services.nfs-server = {
      overrideStrategy = "asDropin";
      wantedBy = [ "multi-user.target" ];
    };
    # /etc/exports is read by `exportfs -r' when either of them starts.
    systemd.services.nfs-mountd = {
      overrideStrategy = "asDropin";
      restartTriggers = [ cfg.exports ];
      preStart = lib.optionalString cfg.createMountPoints ''
        # The first word of a line, which may be in quotes. The last line may have no end.
        sed -e '/^[[:space:]]*\(#\|$\)/d' -e 's/^"\([^"]*\)".*/\1/' -e t -e 's/[[:space:]].*//' /etc/exports |
          while IFS= read -r directory || [ -n "$directory" ]; do mkdir -p "$directory"; done
      '';
    };
    systemd.services.fsidd = {
      overrideStrategy = "asDropin";
      requiredBy = [ "nfs-mountd.service" "nfs-server.service" ];
    };
  };
}
