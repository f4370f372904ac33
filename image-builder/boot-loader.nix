# The boot loader of a NixOS configuration, and its settings, taken from the options that NixOS' installers of GRUB and systemd-boot use.
# Paths in `settings` are packages and files. The menu's entries are made together with the image, from the system's store path.
{
  lib,
  config,
  pkgs,
  partitionTableType,
  native,
}:

let
  inherit (builtins) elem elemAt filter head isString length listToAttrs map match;

  loader = config.boot.loader;
  enabled = name: unlessRemoved (loader.${name}.enable or false) false;
  # An option that this release of NixOS has removed throws when it is evaluated.
  unlessRemoved =
    value: default:
    let
      tried = builtins.tryEval value;
    in
    if tried.success then tried.value else default;
  instead = "Or build it as nixpkgs does, with --image-builder nixpkgs.";

  # The mount points of the boot partitions, while an image is made.
  espMount =
    {
      hybrid = "/boot";
      efi = "/boot";
      efixbootldr = "/efi";
    }.${partitionTableType} or null;
  hasBiosGap = elem partitionTableType [ "hybrid" "legacy" "legacy+boot" "legacy+gpt" ];

  efiMount = loader.efi.efiSysMountPoint or "/boot";
  timeout = loader.timeout or 5;
  distroName = config.system.nixos.distroName or "NixOS";

  espFaults =
    what:
    if espMount == null then
      [
        "partitionTableType = \"${partitionTableType}\" has no EFI system partition for ${what}. Take \"efi\" or \"hybrid\". ${instead}"
      ]
    else
      lib.optional (efiMount != espMount) (
        "boot.loader.efi.efiSysMountPoint is \"${efiMount}\", but the image's EFI system partition "
        + "is at \"${espMount}\". Set it so. ${instead}"
      );

  secretFaults =
    lib.optional
      (config.boot.initrd.secrets or { } != { })
      "boot.initrd.secrets are put into the initrd by a program that is not run here. ${instead}";

  linesOf = text: filter isString (builtins.split "\n" text);

  # `ln -fs TARGET /boot/NAME', as for Linode: [ program flags target name ]. FAT has no such links.
  bootOnRoot = elem partitionTableType [ "legacy" "legacy+gpt" "none" ];
  linkIn =
    line:
    let
      word = "[A-Za-z0-9._+/-]*[A-Za-z0-9._+-]";
      found =
        match
          "[[:space:]]*([^[:space:];&|]*/)?ln -([fns]+) (${word}) /boot/(${word})[[:space:]]*"
          line;
    in
    if bootOnRoot && found != null && lib.hasInfix "s" (elemAt found 1) then found else null;

  # Commands are not run, but those that only copy extraFiles or make a link are imitated.
  commandFaults =
    option: text:
    let
      foreign = filter (
        line:
        match "[[:space:]]*(#.*)?" line == null
        && match ".*[\"']?@bootPath@/.*" line == null
        && linkIn line == null
      ) (linesOf text);
    in
    lib.optional
      (foreign != [ ])
      "${option} is commands, and none are run here: \"${head foreign}\". ${instead}";

  grub = loader.grub;
  grubPkgs = if grub.forcei686 or false then pkgs.pkgsi686Linux else pkgs;
  bios = grub.devices != [ "nodev" ];
  efi = grub.efiSupport or false;
  mirrors = grub.mirroredBoots or [ ];
  mirror = if mirrors == [ ] then { } else head mirrors;
  pathOrNull = path: if path == null then null else "${path}";
  bootloaderId =
    if mirror.efiBootloaderId or null != null then
      mirror.efiBootloaderId
    else
      "${distroName}${lib.replaceStrings [ "/" ] [ "-" ] efiMount}";
  menuUsers = lib.mapAttrsToList (name: user: {
    inherit name;
    password = user.password or null;
    hashedPassword = user.hashedPassword or null;
  }) (grub.users or { });

  grubFaults =
    lib.optional
      (unlessRemoved (grub.version or 2) 2 != 2)
      "boot.loader.grub.version = ${toString grub.version}: there is only GRUB 2. ${instead}"
    ++ lib.optional
      (length mirrors > 1)
      "boot.loader.grub.mirroredBoots has ${toString (length mirrors)} places; an image has one disk. ${instead}"
    ++ lib.optional
      (mirrors != [ ] && mirror.path or "/boot" != "/boot")
      "boot.loader.grub.mirroredBoots: \"${mirror.path}\" is not \"/boot\". ${instead}"
    ++ lib.optional
      (bios && !hasBiosGap)
      "partitionTableType = \"${
        partitionTableType
      }\" has no place for GRUB for BIOS. Set boot.loader.grub.device = \"nodev\"${
        lib.optionalString (espMount != null) ", and boot.loader.grub.efiSupport = true"
      }; or take \"hybrid\", \"legacy\" or \"legacy+gpt\"."
    ++ lib.optionals efi (espFaults "GRUB for UEFI")
    ++ lib.optional
      (grub.enableCryptodisk or false)
      "boot.loader.grub.enableCryptodisk: an image's disk is not encrypted. ${instead}"
    ++ lib.optional
      (unlessRemoved (grub.trustedBoot.enable or false) false)
      "boot.loader.grub.trustedBoot is not made here. ${instead}"
    ++ lib.optional
      (grub.useOSProber or false)
      "boot.loader.grub.useOSProber: an image's disk has one system. Set it to false."
    ++ lib.optional
      (grub.font or null != null && match ".*[.]pf2" "${grub.font}" == null)
      "boot.loader.grub.font: only fonts in GRUB's own format (.pf2) can be taken. ${instead}"
    ++ lib.optional
      (lib.any (user: user.password == null && user.hashedPassword == null) menuUsers)
      "boot.loader.grub.users: a password in a file is not read here. Set hashedPassword or password. ${instead}"
    ++ commandFaults "boot.loader.grub.extraPrepareConfig" (grub.extraPrepareConfig or "")
    ++ commandFaults "boot.loader.grub.extraInstallCommands" (grub.extraInstallCommands or "");

  # Links in /boot, to what they name.
  grubLinks = listToAttrs (
    map (found: lib.nameValuePair (elemAt found 3) (elemAt found 2)) (
      filter (found: found != null) (map linkIn (linesOf (grub.extraInstallCommands or "")))
    )
  );

  grubSettings = {
    kind = "grub";
    inherit distroName bootloaderId;
    bios = if bios then "${grubPkgs.grub2}" else null;
    # A derivation of its own: packing GRUB's modules takes a while, and the result rarely changes.
    biosCore =
      if bios then
        "${native "grub-core" { name = "grub-core"; grub = "${grubPkgs.grub2}"; layout = "nixos"; inherit partitionTableType; }}"
      else
        null;
    efi = if efi then "${grubPkgs.grub2_efi}" else null;
    removable = grub.efiInstallAsRemovable or false;
    users = menuUsers;
    timeout = if timeout == null then -1 else timeout;
    timeoutStyle = grub.timeoutStyle or "menu";
    default = toString (grub.default or 0);
    extraConfig = grub.extraConfig or "";
    extraPerEntryConfig = grub.extraPerEntryConfig or "";
    extraEntries = grub.extraEntries or "";
    extraEntriesBeforeNixOS = grub.extraEntriesBeforeNixOS or false;
    extraFiles = lib.mapAttrs (_: file: "${file}") (grub.extraFiles or { });
    entryOptions = grub.entryOptions or "--class nixos --unrestricted";
    subEntryOptions = grub.subEntryOptions or "--class nixos";
    copyKernels = grub.copyKernels or false;
    fsIdentifier = grub.fsIdentifier or "uuid";
    font = pathOrNull (grub.font or null);
    splashImage = pathOrNull (grub.splashImage or null);
    splashMode = grub.splashMode or "stretch";
    backgroundColor = grub.backgroundColor or null;
    theme = pathOrNull (grub.theme or null);
    gfxmode = {
      bios = grub.gfxmodeBios or "1024x768";
      efi = grub.gfxmodeEfi or "auto";
    };
    gfxpayload = {
      bios = grub.gfxpayloadBios or "text";
      efi = grub.gfxpayloadEfi or "keep";
    };
  } // lib.optionalAttrs (grubLinks != { }) { links = grubLinks; };

  sd = loader.systemd-boot;
  kernelMount = if sd.xbootldrMountPoint or null != null then sd.xbootldrMountPoint else efiMount;

  sdFaults =
    espFaults "systemd-boot"
    ++ lib.optional
      (kernelMount != efiMount && (partitionTableType != "efixbootldr" || kernelMount != "/boot"))
      (
        "boot.loader.systemd-boot.xbootldrMountPoint is \"${kernelMount}\", which is no partition of "
        + "\"${partitionTableType}\". Take \"efixbootldr\" and \"/boot\". ${instead}"
      )
    ++ lib.concatMap (
      name:
      lib.optional
        (sd.${name}.enable or false)
        "boot.loader.systemd-boot.${name} is not made here. ${instead}"
    ) [ "memtest86" "netbootxyz" "edk2-uefi-shell" ]
    ++ commandFaults "boot.loader.systemd-boot.extraInstallCommands" (
      sd.extraInstallCommands or ""
    );

  sdSettings = {
    kind = "systemd-boot";
    inherit distroName;
    systemd = "${config.systemd.package}";
    timeout = if timeout == null then null else toString timeout;
    editor = sd.editor or true;
    consoleMode = sd.consoleMode or "keep";
    sortKey = sd.sortKey or null;
    entries = sd.extraEntries or { };
    files = lib.mapAttrs (_: file: "${file}") (sd.extraFiles or { });
    xbootldr = kernelMount != efiMount;
  };

  foreign = filter enabled [
    "generic-extlinux-compatible"
    "raspberryPi"
    "limine"
    "refind"
    "external"
    "initScript"
  ];
in
if enabled "systemd-boot" then
  {
    settings = sdSettings;
    faults = sdFaults ++ secretFaults;
  }
else if enabled "grub" then
  {
    settings = grubSettings;
    faults = grubFaults ++ secretFaults;
  }
else
  {
    # As in nixpkgs, a system without a boot loader is an image that something else must boot.
    settings = { kind = "none"; };
    faults = map (
      name:
      "boot.loader.${name} is not made here: GRUB and systemd-boot are. Set the argument installBootLoader = false for none. ${instead}"
    ) foreign;
  }
