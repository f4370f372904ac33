# File systems: /etc/fstab, and what the initrd mounts.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../lib/set-types.nix { inherit lib; }) checkedListOf;
  inherit (import ../../lib/formats { inherit lib; }) fstab;

  fsOptions.options = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the file system is listed in /etc/fstab.";
    };
    mountPoint = mkOption {
      type = types.path;
      example = "/mnt/usb";
      description = "The mount point. Defaults to the attribute's name.";
    };
    device = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "/dev/disk/by-label/nixos";
      description = "The device, or other source, of the file system.";
    };
    label = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "data";
      description = "The label of the file system, by which it is found if `device` is not set.";
    };
    fsType = mkOption {
      type = types.str;
      default = "auto";
      example = "ext4";
      description = "The type of the file system; `auto` detects it.";
    };
    options = mkOption {
      type = types.listOf types.nonEmptyStr;
      default = [ "defaults" ];
      example = [ "noatime" ];
      description = "Options with which it is mounted, as in mount(8).";
    };
    depends = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description =
        "Mount points that must be mounted before this file system, for instance because its device is below them.";
    };
    neededForBoot = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the initrd mounts the file system, before the system itself starts. It always mounts /, /nix, /nix/store, /var, "
        + "/var/log, /var/lib, /var/lib/nixos and /etc.";
    };
    autoFormat = mkOption {
      type = types.bool;
      default = false;
      description = "Whether to create a file system on the device if it has none.";
    };
    autoResize = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the file system grows to its device's size at boot. Of the root, the partition grows first (`boot.growPartition`).";
    };
    noCheck = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the check of the file system (fsck) is left out at boot.";
    };
    overlay = {
      lowerdir = mkOption {
        type = types.nullOr (types.nonEmptyListOf types.str);
        default = null;
        example = [ "/srv/base" ];
        description =
          "The directories that an overlay shows merged, the first on top. With them, the file system is an overlay.";
      };
      upperdir = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "/var/overlay/upper";
        description =
          "The directory that an overlay's changes go to. Without one, nothing can be changed. The initrd makes it.";
      };
      workdir = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "/var/overlay/work";
        description =
          "A directory beside `upperdir`, on the same file system, that an overlay needs for its work.";
      };
      useStage1BaseDirectories = mkOption {
        type = types.bool;
        default = true;
        description =
          "Whether an overlay that is needed for boot has directories of the system, not of the initrd.";
      };
    };
    encrypted.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Not available: encrypted devices are declared in `boot.initrd.luks.devices`.";
    };
  };

  fsDefaults =
    { name, config, ... }:
    let
      inherit (config) overlay;
      isOverlay = overlay.lowerdir != null;
      writable = overlay.upperdir != null;
    in
    {
      config = {
        mountPoint = lib.mkDefault name;
        device = lib.mkMerge [
          (lib.mkIf (config.label != null) (lib.mkDefault "/dev/disk/by-label/${config.label}"))
          (lib.mkIf isOverlay (lib.mkDefault "overlay"))
        ];
        fsType = lib.mkIf isOverlay "overlay";
        options = lib.mkIf isOverlay (
          [ "lowerdir=${lib.concatStringsSep ":" overlay.lowerdir}" ]
          ++ lib.optionals writable [
            "upperdir=${overlay.upperdir}"
            "workdir=${toString overlay.workdir}"
          ]
        );
        depends = lib.mkIf isOverlay (
          overlay.lowerdir ++ lib.optionals writable [ overlay.upperdir (toString overlay.workdir) ]
        );
      };
    };

  all = builtins.filter (fs: fs.enable) (
    lib.mapAttrsToList (
      name: fs: fs // { option = lib.showOption [ "fileSystems" name ]; }
    ) config.fileSystems
  );
  byMountPoint = builtins.groupBy (fs: lib.removeSuffix "/" fs.mountPoint) all;

  isRoot = fs: fs.mountPoint == "/";
  others = lib.sort (a: b: a.mountPoint < b.mountPoint) (builtins.filter (fs: !isRoot fs) all);

  isBelow =
    path: fs: path == fs.mountPoint || lib.hasPrefix "${lib.removeSuffix "/" fs.mountPoint}/" path;
  # What has to be mounted before.
  needs =
    fs: other:
    let
      isBind = fs.fsType == "none" || lib.elem "bind" fs.options || lib.elem "rbind" fs.options;
      paths =
        [ fs.mountPoint ] ++ fs.depends ++ lib.optional (isBind && fs.device != null) fs.device;
    in
    other.mountPoint != fs.mountPoint && lib.any (path: isBelow path other) paths;
  # Those that wait for one another, which remain when all that can be mounted is.
  waiting =
    list:
    let
      left = builtins.filter (fs: lib.any (needs fs) list) list;
    in
    if builtins.length left == builtins.length list then list else waiting left;
  ring = waiting others;

  # Types that need no check, or have no device.
  uncheckable = [
    "none"
    "auto"
    "tmpfs"
    "overlay"
    "nfs"
    "nfs4"
    "cifs"
    "smb3"
    "sshfs"
    "davfs"
    "glusterfs"
    "ceph"
    "9p"
    "virtiofs"
    "vboxsf"
    "fuse"
    "squashfs"
    "iso9660"
    "btrfs"
    "xfs"
    "bcachefs"
    "f2fs"
    "zfs"
    "proc"
    "sysfs"
  ];
  passNumber =
    fs:
    if
        # The initrd has checked and mounted it.
        !isRoot fs
        && utils.fsNeededForBoot fs
      || fs.noCheck
      || lib.elem fs.fsType uncheckable
      || lib.hasPrefix "fuse." fs.fsType
      || lib.elem "bind" fs.options
    then
      0
    else if isRoot fs then
      1
    else
      2;

  fstabOptions =
    fs:
    fs.options
    ++ lib.optional (fs.autoResize && !isRoot fs) "x-systemd.growfs"
    ++ lib.optional (fs.autoFormat && !utils.fsNeededForBoot fs) "x-systemd.makefs"
    ++ map (d: "x-systemd.requires-mounts-for=${d}") fs.depends;
  fstabLine =
    fs:
    fstab.entry {
      inherit (fs) option;
      # A file system in memory needs no device, but the field must not be empty.
      device = if fs.device == null then "none" else fs.device;
      inherit (fs) mountPoint fsType;
      options = fstabOptions fs;
      passNumber = passNumber fs;
    };

  # The packages with the tools (fsck, mkfs) of each type.
  tools = {
    vfat = [ "dosfstools" ];
    exfat = [ "exfatprogs" ];
    btrfs = [ "btrfs-progs" ];
    xfs = [ "xfsprogs" ];
    f2fs = [ "f2fs-tools" ];
    ntfs = [ "ntfs-3g" ];
    ntfs3 = [ "ntfs-3g" ];
    jfs = [ "jfsutils" ];
    udf = [ "udftools" ];
    squashfs = [ "squashfs-tools" ];
    bcachefs = [ "bcachefs-tools" ];
    reiserfs = [ "reiserfsprogs" ];
    nilfs2 = [ "nilfs-tools" ];
    erofs = [ "erofs-utils" ];
    ecryptfs = [ "ecryptfs-utils" ];
  };

  # Types that need only the kernel or e2fsprogs, which is always installed.
  needNoTools = [
    "auto"
    "ext2"
    "ext3"
    "ext4"
    "tmpfs"
    "ramfs"
    "overlay"
    "iso9660"
    "9p"
    "virtiofs"
    "fuse"
  ];
  # Why a type is not available, or null.
  lack =
    type:
    if type == "zfs" then
      "Debian's kernels have no ZFS"
    else
      let
        missing = builtins.filter (package: !(pkgs.debianPackages ? ${package})) (
          tools.${type} or [ ]
        );
      in
      if missing == [ ] then
        null
      else
        "Debian ${pkgs.debianRelease.suite} has no ${lib.concatStringsSep " and no " missing}";
  # network-filesystems.nix has the network file systems.
  known = lib.sort (a: b: a < b) (
    lib.attrNames tools ++ needNoTools ++ config.boot.networkFilesystems
  );
  supported = lib.attrNames (lib.filterAttrs (_: on: on) config.boot.supportedFilesystems);

  supportedRoots = [ "ext4" "ext3" "ext2" "xfs" "btrfs" "f2fs" "tmpfs" "auto" ];
in
{
  options = {
    fileSystems = mkOption {
      type = types.attrsOf (types.submodule [ fsOptions fsDefaults ]);
      default = { };
      example = {
        "/data" = {
          device = "/dev/disk/by-label/data";
          fsType = "ext4";
          options = [ "nofail" ];
        };
      };
      description = "File systems that are mounted at boot, by mount point.";
    };

    system.fsPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      internal = true;
      description = "Packages with programs that mount, check or make file systems.";
    };

    boot.supportedFilesystems = mkOption {
      type = types.coercedTo (checkedListOf types.str) (l: lib.genAttrs l (_: true)) (
        types.attrsOf types.bool
      );
      default = { };
      example = [ "btrfs" ];
      description =
        "File systems whose tools, such as `mkfs` and `fsck`, are installed. Those in `fileSystems` always have theirs.";
    };
  };

  imports = [
    (import ../../lib/inert.nix { inherit lib; } [
      {
        path = [ "boot" "specialFileSystems" ];
        type = types.attrsOf types.anything;
        default = { };
        why = "proc, sys and the like are mounted by the initrd and by systemd. Use fileSystems";
      }
    ])
  ];

  config = {
    environment.systemPackages = config.system.fsPackages;

    assertions =
      [
        {
          assertion =
            config.boot.isContainer || config.fileSystems ? "/" && config.fileSystems."/".enable;
          message =
            "fileSystems has no root file system. Declare it: "
            + "fileSystems.\"/\" = { device = \"/dev/disk/by-label/nixos\"; fsType = \"ext4\"; };";
        }
        {
          assertion =
            !(config.fileSystems ? "/")
            || config.fileSystems."/".device != null
            || config.fileSystems."/".fsType == "tmpfs";
          message = "fileSystems.\"/\" has no device. Set its `device' or `label'.";
        }
        {
          assertion =
            !(config.fileSystems ? "/") || lib.elem config.fileSystems."/".fsType supportedRoots;
          message =
            "fileSystems.\"/\".fsType is \"${config.fileSystems."/".fsType}\", which cannot be a root file system. "
            + "Use one of ${lib.concatStringsSep ", " supportedRoots}.";
        }
      ]
      ++ map (fs: {
        assertion =
          builtins.match "(/|(/[^/]+)+/?)" fs.mountPoint != null
          && builtins.match "(.*/)?[.][.]?(/.*)?" fs.mountPoint == null;
        message =
          "${fs.option}.mountPoint is ${builtins.toJSON fs.mountPoint}, which has a part that is empty, `.' or `..'. Write the path "
          + "without it.";
      }) all
      ++ [
        {
          assertion = ring == [ ];
          message = "fileSystems has file systems that need one another mounted first: ${
            lib.concatMapStringsSep ", " (fs: fs.mountPoint) ring
          }. Change the `depends', the bind mounts or the overlays of one.";
        }
      ]
      ++ lib.mapAttrsToList (mountPoint: same: {
        assertion = builtins.length same == 1;
        message = "fileSystems has ${
          toString (builtins.length same)
        } file systems with the mount point ${
          if mountPoint == "" then "/ (the root)" else mountPoint
        }, on the devices ${
          lib.concatMapStringsSep " and " (fs: toString fs.device) same
        }. Remove all but one, or set their `enable = false'.";
      }) byMountPoint
      ++ map (fs: {
        assertion =
          fs.device != null
          || lib.elem fs.fsType [ "tmpfs" "proc" "sysfs" "devpts" "ramfs" "overlay" ];
        message = "${fs.option} has no device. Set its `device' or `label'.";
      }) others
      ++ map (fs: {
        assertion = lack fs.fsType == null;
        message =
          "${fs.option}.fsType is \"${fs.fsType}\", which is not available: ${
            toString (lack fs.fsType)
          }. Use another type, or remove the file system.";
      }) others
      ++ map (type: {
        assertion = lack type == null && lib.elem type known;
        message = "boot.supportedFilesystems has \"${type}\", ${
          if lack type != null then
            "which is not available: ${lack type}. Remove it."
          else
            "which is not known. Remove it, and add the packages that it needs to environment.systemPackages. Known types are "
            + "${lib.concatStringsSep ", " known}."
        }";
      }) supported
      ++ map (fs: {
        assertion =
          (fs.overlay.upperdir == null) == (fs.overlay.workdir == null)
          && (fs.overlay.upperdir != null -> fs.overlay.lowerdir != null);
        message =
          "${fs.option}.overlay needs `lowerdir', and `upperdir' only together with `workdir'. Set what is missing.";
      }) all
      ++ map (fs: {
        assertion = !fs.encrypted.enable;
        message =
          "${fs.option}.encrypted is not available: declare the device in boot.initrd.luks.devices, and set "
          + "`device' to \"/dev/mapper/NAME\".";
      }) all;

    # The root is mounted before systemd starts; its line is for remounting and for df.
    environment.etc.fstab.text =
      "# Generated from fileSystems and swapDevices.\n"
      + lib.concatMapStrings fstabLine (builtins.filter isRoot all ++ others)
      + config.system.build.fstabSwap;

    # Stage 2 checks the root, while it is still mounted read-only.
    systemd.suppressedSystemUnits = [ "systemd-fsck-root.service" "systemd-growfs-root.service" ];

    system.basePackages = lib.unique (
      lib.concatMap (type: tools.${type} or [ ]) (map (fs: fs.fsType) all ++ supported)
    );

    environment.etc.mtab.source = "/proc/self/mounts";
  };
}
