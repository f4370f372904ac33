# A bootable disk image of a system. The arguments are those of nixpkgs' function; unsupported ones are errors.
{
  pkgs,
  lib,
  config,
  # MiB, or "auto": the contents and `additionalSpace`.
  diskSize ? "auto",
  additionalSpace ? "512M",
  # Where the EFI system partition ends, in MiB or as "256M"; it begins at 8 MiB. systemd-boot has kernels there.
  bootSize ? if config.system.build ? systemdBoot then "256M" else null,
  # Files and trees to add to the image: { source, target, mode ? null, user ? "root", group ? "root" }.
  contents ? [ ],
  installBootLoader ? true,
  touchEFIVars ? false,
  fsType ? "ext4",
  label ? "nixos",
  rootGPUID ? null,
  rootFSUID ? null,
  rootFSHashSeed ? null,
  # A file that becomes /etc/nixos/configuration.nix.
  configFile ? null,
  # There are no channels.
  copyChannel ? false,
  onlyNixStore ? false,
  # Their closures are in the image's store besides the system's.
  additionalPaths ? [ ],
  name ? "nixos-disk-image",
  # The file is called `${baseName}.qcow2`, or with the format's suffix.
  baseName ? "nixos",
  format ? "raw",
  # What a format has besides the disk: for "ova" the machine, for "vma" its configuration. See image-formats.nix.
  container ? { },
  partitionTableType ? if config.system.build ? systemdBoot then "efi" else "legacy",
  # Without effect: an image is always reproducible, and no program copies into it.
  deterministic ? true,
  reproducible ? false,
  populateRootWith ? "cptofs",
  # Commands that a sandbox runs on the finished image, whose file is $diskImage.
  postVM ? "",
  # Without effect: nixpkgs builds in a virtual machine with this much memory.
  memSize ? 1024,
  OVMF ? null,
  efiFirmware ? null,
  efiVariables ? null,
}:

let
  inherit (builtins) attrNames elem elemAt filter head isInt isString length map removeAttrs;

  inherit (import ./machine-description.nix { inherit lib; }) machineDescription;
  formats = import ./image-formats.nix;

  fail = message: throw "make-disk-image: ${message}";
  quoted = lib.concatMapStringsSep ", " (x: "\"${x}\"");
  oneOf =
    what: allowed: value: why:
    lib.optional
      (!elem value allowed)
      "${what} = ${lib.generators.toPretty { } value} is not supported. ${why}Use one of ${quoted allowed}.";

  # The device that is mounted as the root.
  fileSystems = config.fileSystems or { };
  mountPoint =
    path: fs:
    let
      p = fs.mountPoint or path;
    in
    if builtins.match "/+" p != null then "/" else p;
  roots = filter (path: mountPoint path fileSystems.${path} == "/") (attrNames fileSystems);
  root = fileSystems.${head roots};
  device =
    if root.label or null != null then "/dev/disk/by-label/${root.label}" else root.device or null;
  wanted = "/dev/disk/by-label/${label}";

  files = config: map (n: "fileSystems.\"${n}\"") config;

  # A root in memory: the image is another file system of the machine.
  rootInMemory = length roots == 1 && root.fsType or "auto" == "tmpfs";
  deviceOf =
    fs: if fs.label or null != null then "/dev/disk/by-label/${fs.label}" else fs.device or null;
  onImage = filter (path: deviceOf fileSystems.${path} == wanted) (attrNames fileSystems);

  rootFaults =
    if rootInMemory then
      lib.optional (onImage == [ ]) (
        "fileSystems.\"/\" is in memory, and no other file system is that of the image. Declare one, with the system's /nix on it: "
        + "fileSystems.\"/persist\" = { device = \"${wanted}\"; fsType = \"${fsType}\"; neededForBoot = true; }; "
        + "fileSystems.\"/nix\" = { device = \"/persist/nix\"; fsType = \"none\"; options = [ \"bind\" ]; };"
      )
    else if roots == [ ] then
      [
        "the configuration has no root file system. Set fileSystems.\"/\" = { device = \"${wanted}\"; fsType = \"ext4\"; };"
      ]
    else if length roots > 1 then
      [
        "the configuration sets ${
          toString (length roots)
        } root file systems: ${lib.concatStringsSep " and " (files roots)}. Remove all but one."
      ]
    else
      lib.optional
        (root.fsType or "auto" != fsType && root.fsType or "auto" != "auto")
        "fileSystems.\"/\".fsType is \"${root.fsType}\", but the image's root file system is ${fsType}. Set it to \"${fsType}\"."
      ++ lib.optional
        (device != null && lib.hasPrefix "/dev/disk/by-label/" device && device != wanted)
        "fileSystems.\"/\" is found by the label \"${
          lib.removePrefix "/dev/disk/by-label/" device
        }\", but the image's root file system has the label \"${label}\". Set the argument `label', or the device to \"${wanted}\"."
      ++ lib.optional (device != null && lib.hasPrefix "/dev/mapper/" device) (
        "fileSystems.\"/\" is on ${device}, but the image's root file system is neither encrypted nor a logical volume. Set the "
        + "device to \"${wanted}\", and encrypt a disk for what is secret."
      )
      ++ lib.optional
        (
          device != null
          && (lib.hasPrefix "/dev/disk/by-uuid/" device || lib.hasPrefix "UUID=" device)
        )
        (
          "fileSystems.\"/\" is found by its UUID, which is computed from the image's name and label and "
          + "not known beforehand. Set the device to \"${wanted}\"."
        );

  # A text without a unit counts by `unitless'.
  bytesOf =
    unitless: size:
    let
      parts = builtins.match "([0-9]+)([KMGT]?)(iB|B)?" (toString size);
    in
    lib.toInt (elemAt parts 0)
    * {
      "" = unitless;
      K = 1024;
      M = mebibyte;
      G = 1024 * mebibyte;
      T = 1048576 * mebibyte;
    }.${elemAt parts 1};
  mebibyte = 1048576;

  # image.repart.partitions.NAME.repartConfig in whole MiB, null without a limit.
  limitsOf =
    name:
    let
      given = config.image.repart.partitions.${name}.repartConfig or { };
      limit =
        key: rounded:
        if given.${key} or null == null then null else rounded (bytesOf 1 given.${key});
    in
    {
      least = limit "SizeMinBytes" (bytes: (bytes + mebibyte - 1) / mebibyte);
      most = limit "SizeMaxBytes" (bytes: bytes / mebibyte);
    };
  limits = lib.genAttrs [ "root" "esp" ] limitsOf;
  limitFaults = lib.concatMap (
    name:
    let
      inherit (limits.${name}) least most;
    in
    lib.optional
      (least != null && most != null && least > most)
      "image.repart.partitions.${name}.repartConfig has SizeMinBytes = ${
        toString least
      }M, which is more than SizeMaxBytes = ${toString most}M by ${toString (least - most)} MiB. Change one of them."
  ) [ "root" "esp" ];
  # It begins at 8 MiB. The builder's own size of it is the smallest.
  espStart = 8;
  wantedEnd =
    if bootSize == null then 48 else (bytesOf mebibyte bootSize + mebibyte - 1) / mebibyte;
  clamped =
    let
      inherit (limits.esp) least most;
      wished = wantedEnd - espStart;
      enough = if least == null then wished else lib.max least wished;
    in
    if most == null then enough else lib.min most enough;
  espIsLimited = hasEfi && (limits.esp.least != null || limits.esp.most != null);
  bootSize' = if espIsLimited then "${toString (espStart + clamped)}M" else bootSize;

  faults =
    oneOf "format" formats.names format ""
    ++ formats.containerFaults format container
    ++ oneOf "partitionTableType" [
      "hybrid"
      "legacy"
      "legacy+gpt"
      "efi"
      "none"
    ] partitionTableType ""
    ++ oneOf "fsType" [ "ext4" ] fsType ""
    ++ lib.optional
      (
        !(
          diskSize == "auto"
          || isInt diskSize && diskSize > 0
          || isString diskSize && builtins.match "[0-9]+[KMGT]?" diskSize != null
        )
      )
      "diskSize = ${lib.generators.toPretty { } diskSize} is neither \"auto\" nor a size. Give a number of MiB."
    ++ lib.optional
      onlyNixStore
      "`onlyNixStore' makes a store without a system, which is not supported yet. Leave it out."
    ++ lib.optional
      (rootGPUID != null)
      "`rootGPUID' is not supported yet: the partitions' UUIDs are computed from the system's contents. Leave it out."
    ++ lib.optional
      (rootFSUID != null)
      "`rootFSUID' is not supported yet: the file system's UUID is computed from the image's name and label. Leave it out."
    ++ lib.optional
      (rootFSHashSeed != null)
      "`rootFSHashSeed' is not supported yet: the seed is computed from the image's name and label. Leave it out."
    ++ lib.optional
      copyChannel
      "`copyChannel' copies nixpkgs for nix-channel, but the image has no channels. Leave it out."
    ++ lib.optional touchEFIVars (
      "`touchEFIVars' changes a firmware's variables, but no firmware runs while building. Leave it out: a "
      + "firmware without variables starts EFI/BOOT/BOOTX64.EFI, which the image has."
    )
    ++ limitFaults
    ++ lib.concatMap contentFaults contents
    ++ lib.optional
      (builtins.stringLength label > 16)
      "label = \"${label}\" is too long: ext4 has room for 16 bytes. Use a shorter one."
    ++ lib.optional
      (
        installBootLoader
        && !(config.system.build ? grubConfig || config.system.build ? systemdBoot)
      )
      (
        "the image needs a boot loader, but boot.loader.grub.enable and boot.loader.systemd-boot.enable are false. Enable one of them, or "
        + "set the argument `installBootLoader = false'."
      )
    ++ lib.optional
      (
        installBootLoader
        && !useSystemdBoot
        && !hasBios
        && elem partitionTableType [ "legacy" "legacy+gpt" ]
      )
      (
        "partitionTableType = \"${partitionTableType}\" is for machines with a BIOS, for which boot.loader.grub.device = \"nodev\" leaves "
        + "the boot loader out. Set it to \"/dev/vda\", or the argument to \"efi\"."
      )
    ++ lib.optional
      (installBootLoader && (config.virtualisation.useEFIBoot or false) && !hasEfi)
      "virtualisation.useEFIBoot needs a partition for UEFI, but partitionTableType is \"${
        partitionTableType
      }\". Use \"hybrid\" or \"efi\"."
    ++ lib.optional (installBootLoader && useSystemdBoot && !hasEfi) (
      "boot.loader.systemd-boot.enable needs a partition for UEFI, but partitionTableType is \"${partitionTableType}\". "
      + "Use \"efi\", or leave the argument out."
    )
    ++ lib.optional (installBootLoader && secureBoot && !hasEfi) (
      "boot.loader.grub.secureBoot.enable needs a partition for UEFI, but partitionTableType is \"${partitionTableType}\". "
      + "Use \"hybrid\" or \"efi\"."
    )
    ++ rootFaults;

  checked = import ./checked-derivation.nix (
    value:
    if faults == [ ] then
      value
    else if length faults == 1 then
      fail (head faults)
    else
      fail
        "${toString (length faults)} errors:\n${lib.concatMapStringsSep "\n" (f: "- ${f}") faults}"
  );

  withCommands =
    image:
    if postVM == "" then
      image
    else
      pkgs.runCommand
        name
        {
          passthru = removeAttrs image.passthru [ "filePath" ];
        }
        ''
          cp -r --sparse=always --no-preserve=mode ${image} $out
          sed -i "s,${image},$out," $out/nix-support/hydra-build-products
          diskImage=$out/${image.filePath}
          ${postVM}
        '';

  useSystemdBoot = installBootLoader && config.system.build ? systemdBoot;
  loader = config.boot.loader.grub or { };
  hasBios =
    elem partitionTableType [ "hybrid" "legacy" "legacy+gpt" ] && loader.device or "" != "nodev";
  hasEfi = elem partitionTableType [ "hybrid" "efi" ];

  secureBoot = loader.secureBoot.enable or false;

  # A separate package since trixie.
  efiPackage =
    pkgs.debianPackages.grub-efi-amd64-unsigned or pkgs.debianPackages.grub-efi-amd64-bin;

  grub = lib.optionalAttrs (installBootLoader && !useSystemdBoot) (
    { config = config.system.build.grubConfig; }
    // lib.optionalAttrs hasBios {
      # A derivation of its own: packing GRUB's modules takes a while, and the result rarely changes.
      bios = "${
        pkgs.builtinDerivation "grub-core" {
          name = "grub-core";
          grub = "${pkgs.debianPackages.grub-pc-bin.deb}";
          inherit partitionTableType;
        }
      }";
    }
    // lib.optionalAttrs (hasEfi && !secureBoot) {
      efi = "${efiPackage.deb}/usr/lib/grub/x86_64-efi/monolithic/grubx64.efi";
    }
    # The same GRUB, signed by Debian, and the program signed by Microsoft that knows Debian's key.
    // lib.optionalAttrs (hasEfi && secureBoot) {
      efi = "${pkgs.debianPackages.grub-efi-amd64-signed.deb}/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed";
      shim = "${pkgs.debianPackages.shim-signed.deb}/usr/lib/shim/shimx64.efi.signed";
    }
  );

  bootFiles = lib.mapAttrsToList (path: source: {
    inherit source;
    target = "/boot/${path}";
  }) (lib.optionalAttrs (!useSystemdBoot) (loader.extraFiles or { }));

  contentFaults =
    c:
    let
      unknown = attrNames (removeAttrs c [ "source" "target" "mode" "user" "group" ]);
      missing = filter (n: !(c ? ${n})) [ "source" "target" ];
      at = "contents${lib.optionalString (c ? target) ": \"${c.target}\""}";
    in
    lib.optional
      (unknown != [ ])
      "${at} has the unknown attribute `${head unknown}'. There are source, target, mode, user and group."
    ++ lib.optional (missing != [ ]) "${at} has no `${head missing}'.";

  content = c: {
    source = "${c.source}";
    inherit (c) target;
    mode = c.mode or null;
    user = c.user or "root";
    group = c.group or "root";
  };
  # Users that can log in without a password come first.
  people =
    lib.partition
      (
        name:
        lib.any (field: config.users.users.${name}.${field} or null == "") [
          "password"
          "hashedPassword"
          "initialPassword"
          "initialHashedPassword"
        ]
      )
      (lib.attrNames (lib.filterAttrs (_: u: u.isNormalUser or false) (config.users.users or { })));
  given =
    lib.optionalAttrs (bootSize' != null) { bootSize = bootSize'; }
    // lib.optionalAttrs (limits.root.least != null) { rootMinimum = limits.root.least; }
    // lib.optionalAttrs (limits.root.most != null) { rootMaximum = limits.root.most; }
    // lib.optionalAttrs (container != { }) { inherit container; }
    // lib.optionalAttrs useSystemdBoot { inherit (config.system.build) systemdBoot; }
    // lib.optionalAttrs (config.nix.enable or false) { nixDatabase = true; }
    // lib.optionalAttrs (additionalPaths != [ ]) {
      additionalPaths = map (path: "${path}") additionalPaths;
    };
in
withCommands (
  checked (
    pkgs.builtinDerivation "disk-image" ({
      inherit name baseName format partitionTableType label fsType diskSize additionalSpace grub;
      toplevel = "${config.system.build.toplevel}";
      contents = map content (
        contents
        ++ bootFiles
        ++ lib.optional (configFile != null) {
          source = configFile;
          target = "/etc/nixos/configuration.nix";
          mode = "0644";
        }
      );
      inherit (import ./root-directories.nix) directories;
      # /usr is mounted over the empty directory before the system starts.
      inherit (import ./root-directories.nix)
        links
        ;
      # Facts for a program that boots the image, written to nix-support/machine.json beside it.
      machine =
        {
          users = people.right ++ people.wrong;
          hostName = config.networking.hostName or "nixos";
          # For an error before the boot: without a driver for its disk, a machine does not find its root.
          initrdModules = map (lib.replaceStrings [ "-" ] [ "_" ]) (
            lib.unique (
              config.boot.initrd.kernelModules ++ config.boot.initrd.availableKernelModules
            )
          );
        }
        // lib.optionalAttrs (config.bootflake.health.enable or false) {
          # It tells its host whether it is well.
          health = true;
        }
        // lib.optionalAttrs (config.bootflake.state.enable or false) {
          # The machine has a data disk with what is kept when its image is replaced.
          state = {
            inherit (config.bootflake.state) size mountPoint;
            directories = lib.concatMap (s: s.directories) config.bootflake.state.kept;
            files = lib.concatMap (s: s.files) config.bootflake.state.kept;
            guestShell = config.bootflake.guestShell.enable;
          };
        };
      passthru = {
        inherit config;
        machineDescription = machineDescription { inherit config; };
        filePath = formats.fileNameOf format baseName;
      };
    } // given)
  )
)
