# What systemd's initrd mounts: the root file system at /sysroot, and below it those that are needed for boot. Each is a mount unit that
# waits for its device, makes a file system on it if asked to, and checks it. The units are written here, not by systemd's generator:
# they are the same in all suites of Debian.
{
  config,
  lib,
  options,
  utils,
  ...
}:

let
  inherit (import ../../../../lib/formats { inherit lib; }) text;
  inherit (utils) escapeSystemdPath fsNeededForBoot;

  all = builtins.filter (fs: fs.enable && fsNeededForBoot fs) (
    lib.mapAttrsToList (
      name: fs: fs // { option = lib.showOption [ "fileSystems" name ]; }
    ) config.fileSystems
  );
  isRoot = fs: fs.mountPoint == "/";
  others = builtins.filter (fs: !isRoot fs) all;
  roots = builtins.filter isRoot all;

  has = fs: option: lib.elem option fs.options;
  isBind = fs: has fs "bind" || has fs "rbind";
  isOverlay = fs: fs.fsType == "overlay";

  # The values of options such as x-systemd.requires=.
  valuesOf =
    fs: key:
    map (lib.removePrefix "${key}=") (builtins.filter (lib.hasPrefix "${key}=") fs.options);

  # The link that udev makes for a device given by its label or id.
  encode =
    string:
    lib.concatMapStrings (
      c:
      if builtins.match "[a-zA-Z0-9#+.:=@_-]" c != null then
        c
      else
        "\\x" + lib.fixedWidthString 2 "0" (lib.toLower (lib.toHexString (lib.strings.charToInt c)))
    ) (lib.stringToCharacters string);
  tags = {
    LABEL = "label";
    UUID = "uuid";
    PARTLABEL = "partlabel";
    PARTUUID = "partuuid";
  };
  deviceOf =
    fs:
    let
      tag = builtins.match "(LABEL|UUID|PARTLABEL|PARTUUID)=(.*)" (toString fs.device);
    in
    if isBind fs then
      "/sysroot${fs.device}"
    else if tag != null then
      "/dev/disk/by-${tags.${builtins.head tag}}/${encode (builtins.elemAt tag 1)}"
    else if fs.device == null then
      fs.fsType
    else
      fs.device;
  # A file as a device, by a module that nothing loads when it is needed.
  isLoop = fs: lib.any (o: o == "loop" || lib.hasPrefix "loop=" o) fs.options;
  hasDevice = fs: !(isBind fs) && lib.hasPrefix "/dev/" (deviceOf fs);
  deviceUnit = fs: "${escapeSystemdPath (deviceOf fs)}.device";
  unitName = fs: "${escapeSystemdPath (where fs)}.mount";
  where = fs: if isRoot fs then "/sysroot" else "/sysroot${lib.removeSuffix "/" fs.mountPoint}";

  # Options for the kernel; paths of an overlay are those of the initrd.
  overlayKeys = [ "lowerdir" "upperdir" "workdir" ];
  prefix = fs: lib.optionalString fs.overlay.useStage1BaseDirectories "/sysroot";
  inSysroot =
    fs: option:
    let
      parts = builtins.match "(lowerdir|upperdir|workdir)=(.*)" option;
    in
    if parts == null then
      option
    else
      "${builtins.head parts}=${lib.concatMapStringsSep ":" (path: "${prefix fs}${path}") (lib.splitString ":" (builtins.elemAt parts 1))}";
  optionsOf =
    fs:
    map (o: if isOverlay fs then inSysroot fs o else o) (
      builtins.filter (
        o: !(lib.hasPrefix "x-" o || lib.elem o [ "defaults" "auto" "noauto" "nofail" "_netdev" ])
      ) fs.options
    );
  overlayPaths =
    fs:
    lib.optionals (isOverlay fs) (
      lib.concatMap (
        key:
        lib.concatMap (value: map (p: "${prefix fs}${p}") (lib.splitString ":" value)) (
          valuesOf fs key
        )
      ) overlayKeys
    );

  checked =
    fs: hasDevice fs && !fs.noCheck && lib.elem fs.fsType [ "ext2" "ext3" "ext4" "vfat" "f2fs" ];
  checkUnit = fs: "systemd-fsck@${escapeSystemdPath (deviceOf fs)}.service";
  formatName = fs: "format-${escapeSystemdPath (deviceOf fs)}";
  formatUnits = fs: lib.optional fs.autoFormat "${formatName fs}.service";
  directoriesName = fs: "directories-${escapeSystemdPath fs.mountPoint}";
  makesDirectories = fs: isOverlay fs && valuesOf fs "upperdir" != [ ];

  mountUnit =
    fs:
    let
      before = if isRoot fs then "initrd-root-fs.target" else "initrd-fs.target";
      optional = has fs "nofail";
    in
    {
      what = deviceOf fs;
      where = where fs;
      type = if isBind fs then "none" else lib.optionalString (fs.fsType != "auto") fs.fsType;
      options = lib.concatStringsSep "," (
        map
          (text.line {
            option = "${fs.option}.options";
            file = "a unit";
          })
          (optionsOf fs)
      );
      requires =
        lib.optional (checked fs && !optional) (checkUnit fs)
        ++ formatUnits fs
        ++ lib.optional (makesDirectories fs) "${directoriesName fs}.service"
        ++ valuesOf fs "x-systemd.requires";
      wants = lib.optional (checked fs && optional) (checkUnit fs);
      after =
        lib.optional (checked fs) (checkUnit fs)
        ++ formatUnits fs
        ++ lib.optional (makesDirectories fs) "${directoriesName fs}.service"
        ++ lib.optional (isLoop fs) "systemd-modules-load.service"
        ++ valuesOf fs "x-systemd.requires"
        ++ valuesOf fs "x-systemd.after";
      before =
        lib.optional (!optional) before ++ [ "umount.target" ] ++ valuesOf fs "x-systemd.before";
      conflicts = [ "umount.target" ];
      requiredBy = lib.optional (!optional) before;
      wantedBy = lib.optional optional before;
      unitConfig =
        {
          DefaultDependencies = false;
        }
        // lib.optionalAttrs (requiredPaths fs != [ ]) { RequiresMountsFor = requiredPaths fs; };
      mountConfig = lib.optionalAttrs (valuesOf fs "x-systemd.mount-timeout" != [ ]) {
        TimeoutSec = valuesOf fs "x-systemd.mount-timeout";
      };
    };
  requiredPaths =
    fs:
    overlayPaths fs
    ++ map (p: "/sysroot${p}") (
      lib.optionals (!isOverlay fs) fs.depends ++ valuesOf fs "x-systemd.requires-mounts-for"
    );

  # An empty device gets a file system, with the label that is set beside the device. One with anything on it is left alone.
  openedBy =
    fs:
    map (d: "systemd-cryptsetup@${utils.escapeSystemdString d.name}.service") (
      builtins.filter (d: deviceOf fs == "/dev/mapper/${d.name}") (
        lib.attrValues config.boot.initrd.luks.devices
      )
    );
  labelFlags = {
    vfat = "-n";
    f2fs = "-l";
  };
  formatCommand =
    fs:
    "mkfs.${fs.fsType} ${if fs.fsType == "f2fs" then "" else "-q "}"
    + lib.optionalString
      (fs.label != null)
      "${labelFlags.${fs.fsType} or "-L"} ${lib.escapeShellArg fs.label} "
    + ''"$device"'';
  format = fs: {
    description = "Make a File System on ${deviceOf fs}";
    # systemd regards an encrypted device as absent until a file system is on it.
    requires = openedBy fs;
    bindsTo = lib.optional (openedBy fs == [ ]) (deviceUnit fs);
    after = openedBy fs ++ lib.optional (openedBy fs == [ ]) (deviceUnit fs);
    before = lib.optional (checked fs) (checkUnit fs) ++ [ "shutdown.target" ];
    conflicts = [ "shutdown.target" ];
    unitConfig.DefaultDependencies = false;
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
      TimeoutSec = 0;
    };
    script = ''
      device=${lib.escapeShellArg (deviceOf fs)}
      status=0
      blkid -p "$device" > /dev/null || status=$?
      case $status in
        0) exit ;;
        2) ;;
        *) echo "what is on $device is not clear (blkid -p ends with status $status): no file system is made there" >&2; exit 1 ;;
      esac
      echo "making a file system on $device, which is empty"
      udevadm lock --device="$device" ${formatCommand fs}
    '';
  };
  directories =
    fs:
    let
      paths = map (p: "${prefix fs}${p}") (valuesOf fs "upperdir" ++ valuesOf fs "workdir");
    in
    {
      description = "Make the Directories of the Overlay ${fs.mountPoint}";
      before = [ "shutdown.target" ];
      conflicts = [ "shutdown.target" ];
      unitConfig = {
        DefaultDependencies = false;
        RequiresMountsFor = map dirOf paths;
      };
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "/usr/bin/busybox mkdir -p ${utils.escapeSystemdExecArgs paths}";
      };
    };

  # How long to wait for a device: x-systemd.device-timeout=, and for the root boot.initrd.rootDeviceTimeout.
  waits =
    fs:
    let
      given = valuesOf fs "x-systemd.device-timeout";
    in
    if given != [ ] then
      given
    else
      lib.optional
        (isRoot fs && options.boot.initrd.rootDeviceTimeout.highestPrio < 1500)
        "${toString config.boot.initrd.rootDeviceTimeout}s";

  tools = {
    vfat = {
      packages = [ "dosfstools" ];
      files = [ "usr/sbin/fsck.vfat" "usr/sbin/mkfs.vfat" ];
    };
    btrfs = {
      packages = [ "btrfs-progs" ];
      files = [ "usr/bin/btrfs" "usr/sbin/mkfs.btrfs" ];
    };
    xfs = {
      packages = [ "xfsprogs" ];
      files = [ "usr/sbin/mkfs.xfs" "usr/sbin/xfs_repair" ];
    };
    f2fs = {
      packages = [ "f2fs-tools" ];
      files = [ "usr/sbin/fsck.f2fs" "usr/sbin/mkfs.f2fs" ];
    };
    # The label of a disc is read only once it is known that there is one in the drive.
    iso9660.files = udevCdrom;
    udf.files = udevCdrom;
  };
  udevCdrom = [ "usr/lib/udev/cdrom_id" "usr/lib/udev/rules.d/60-cdrom_id.rules" ];
  # Modules that the kernel loads by names which no file system's module depends on.
  furtherModules = {
    vfat = [ "nls_ascii" "nls_cp437" "nls_iso8859-1" "nls_utf8" ];
    "9p" = [ "9pnet_virtio" ];
    iso9660 = [ "isofs" "nls_ascii" "nls_utf8" ];
  };
  fsTypes = lib.unique (map (fs: fs.fsType) all);
  toolsOf = kind: lib.concatMap (type: tools.${type}.${kind} or [ ]) fsTypes;
  # What the kernel mounts without a program or a network.
  mountable = [
    "9p"
    "auto"
    "btrfs"
    "erofs"
    "exfat"
    "ext2"
    "ext3"
    "ext4"
    "f2fs"
    "iso9660"
    "none"
    "ntfs3"
    "overlay"
    "ramfs"
    "squashfs"
    "tmpfs"
    "udf"
    "vfat"
    "virtiofs"
    "xfs"
  ];
  formattable = [
    "ext2"
    "ext3"
    "ext4"
  ] ++ lib.attrNames (lib.filterAttrs (_: t: t ? packages) tools);
in
{
  boot.initrd = {
    needsSystemd =
      map (fs: "${fs.option}, which is mounted before the system starts") others
      ++ map (fs: "${fs.option}.fsType = \"${fs.fsType}\"") (
        builtins.filter (fs: lib.elem fs.fsType [ "tmpfs" "btrfs" ]) roots
      )
      ++ map (fs: "${fs.option}.autoFormat") (builtins.filter (fs: fs.autoFormat) roots);

    kernelModules = lib.mkIf config.boot.initrd.systemd.enable (
      lib.optional (lib.elem "btrfs" fsTypes) "btrfs" ++ lib.optional (lib.any isLoop all) "loop"
    );
    availableKernelModules = lib.mkIf config.boot.initrd.systemd.enable (
      lib.concatMap (type: furtherModules.${type} or [ ]) fsTypes
    );
    supportedFilesystems = lib.mkIf config.boot.initrd.systemd.enable (
      lib.genAttrs
        (builtins.filter (
          type: !(lib.elem type [ "auto" "none" "tmpfs" "ramfs" "overlay" "iso9660" ])
        ) fsTypes)
        (_: true)
    );

    systemd = lib.mkIf config.boot.initrd.systemd.enable {
      packages = toolsOf "packages";
      files = toolsOf "files";
      mounts = map mountUnit all;
      services = builtins.listToAttrs (
        map (fs: lib.nameValuePair (formatName fs) (format fs)) (
          builtins.filter (fs: fs.autoFormat) all
        )
        ++ map (fs: lib.nameValuePair (directoriesName fs) (directories fs)) (
          builtins.filter makesDirectories all
        )
      );
      units = builtins.listToAttrs (
        map (
          fs:
          lib.nameValuePair (deviceUnit fs) {
            overrideStrategy = "asDropin";
            text = "[Unit]\nJobRunningTimeoutSec=${
              text.word {
                option = "${fs.option}.options";
                file = "a unit";
              } (builtins.head (waits fs))
            }\n";
          }
        ) (builtins.filter (fs: hasDevice fs && waits fs != [ ]) all)
      );
    };
  };

  assertions =
    map (fs: {
      assertion = fs.mountPoint != "/usr";
      message =
        "${fs.option} is not available: /usr is the merged tree of the system's packages. Remove it.";
    }) all
    ++ map (fs: {
      assertion = !fs.autoFormat || lib.elem fs.fsType formattable && hasDevice fs;
      message =
        "${fs.option}.autoFormat needs a device in /dev and one of the types ${lib.concatStringsSep ", " formattable}, but the type is "
        + "\"${fs.fsType}\" and the device ${toString fs.device}.";
    }) all
    ++ map (fs: {
      assertion =
        !fs.autoFormat
        || builtins.match "(LABEL=|UUID=|/dev/disk/by-(label|uuid)/).*" (toString fs.device)
          == null;
      message =
        "${fs.option}.autoFormat is set, but its device ${toString fs.device} is found by what a file system brings along: an empty "
        + "disk would never be found. Name the disk: /dev/vdb, /dev/disk/by-id/..., or by the label of its partition.";
    }) all
    ++ map (fs: {
      assertion = lib.elem fs.fsType mountable;
      message =
        "${fs.option}.fsType is \"${fs.fsType}\", which the initrd cannot mount (it has no programs for file systems of a network or in "
        + "user space), but the file system is needed for boot. Mount it elsewhere without neededForBoot, or use one of "
        + "${lib.concatStringsSep ", " mountable}.";
    }) others
    ++ map (fs: {
      assertion = !(has fs "noauto" || has fs "x-systemd.automount");
      message = "${fs.option}.options has ${
        if has fs "noauto" then "noauto" else "x-systemd.automount"
      }, but the file system is needed for boot, so the initrd mounts it. Remove one of them.";
    }) others;
}
