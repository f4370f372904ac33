# systemd-boot, a menu for UEFI. nixos/lib/make-disk-image.nix installs it in an image, install-systemd-boot.pl when a machine is switched.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.boot.loader.systemd-boot;
  inherit (config.boot.loader) efi timeout;
  inherit (import ../../../../lib/formats { inherit lib; }) text;

  sortKey =
    name: default:
    mkOption {
      type = types.str;
      inherit default;
      description = "Where ${name} is in the menu: entries are in the order of these keys.";
    };
  program = description: key: {
    enable = lib.mkEnableOption description;
    sortKey = sortKey "it" key;
  };

  inert =
    let
      option = name: type: default: why: {
        path = [ "boot" "loader" "systemd-boot" ] ++ lib.splitString "." name;
        inherit type default why;
      };
      unavailable = name: type: default: why: option name type default why // { refused = true; };
    in
    [
      (option
        "graceful"
        types.bool
        false
        "no EFI variable is written, so that nothing can fail for want of one"
      )
      (option
        "rebootForBitlocker"
        types.bool
        false
        "an image's disk has one system, and no Windows beside it"
      )
      (unavailable
        "netbootxyz.enable"
        types.bool
        false
        "Debian has no netboot.xyz. Put its EFI program into boot.loader.systemd-boot.extraFiles, and an entry into extraEntries"
      )
      (option "netbootxyz.sortKey" types.str "o_netbootxyz" "Debian has no netboot.xyz")
      (unavailable
        "windows"
        (types.attrsOf types.anything)
        { }
        "an image's disk has one system. For Windows on another disk, use boot.loader.systemd-boot.extraEntries"
      )
      (unavailable
        "xbootldrMountPoint"
        (types.nullOr types.str)
        null
        "kernels are on the EFI system partition. Make that large enough with the argument `bootSize' of make-disk-image.nix"
      )
      (unavailable
        "installDeviceTree"
        types.bool
        false
        "machines of this platform have no device trees"
      )
    ];

  entryName = types.strMatching "[A-Za-z0-9_.+-]+[.]conf" // {
    description = "name of a file ending in .conf";
  };
  checkedName =
    option: name:
    if entryName.check name then
      name
    else
      throw
        "${option} has the name \"${name}\": it must be that of a file, of letters, digits and `_.+-', ending in .conf.";
  checkedPath =
    option: path:
    if
      builtins.match "[A-Za-z0-9_.+-]+(/[A-Za-z0-9_.+-]+)*" path != null
      && !(lib.hasInfix ".." path)
    then
      path
    else
      throw
        "${option} has the path \"${path}\": it must be relative to the partition, of letters, digits and `_.+-/'.";

  tool = name: title: path: key: ''
    title ${title}
    efi /${path}
    sort-key ${
      text.line {
        option = "boot.loader.systemd-boot.${name}.sortKey";
        file = "an entry of the boot menu";
      } key
    }
  '';
  entries =
    lib.mapAttrs' (
      name: lib.nameValuePair (checkedName "boot.loader.systemd-boot.extraEntries" name)
    ) cfg.extraEntries
    // lib.optionalAttrs cfg.memtest86.enable {
      "memtest86.conf" =
        tool "memtest86" "Memtest86+" "efi/memtest86/memtest.efi" cfg.memtest86.sortKey;
    }
    // lib.optionalAttrs cfg.edk2-uefi-shell.enable {
      "edk2-uefi-shell.conf" =
        tool
          "edk2-uefi-shell"
          "EDK2 UEFI Shell"
          "efi/edk2-uefi-shell/shell.efi"
          cfg.edk2-uefi-shell.sortKey;
    };
  files =
    lib.mapAttrs' (
      path: source:
      lib.nameValuePair (checkedPath "boot.loader.systemd-boot.extraFiles" path) "${source}"
    ) cfg.extraFiles
    // lib.optionalAttrs cfg.memtest86.enable {
      "efi/memtest86/memtest.efi" =
        "${pkgs.debianPackages."memtest86+".deb}/boot/memtest86+x64.efi";
    }
    // lib.optionalAttrs cfg.edk2-uefi-shell.enable {
      "efi/edk2-uefi-shell/shell.efi" =
        "${pkgs.debianPackages.efi-shell-x64.deb}/usr/share/efi-shell-x64/shellx64.efi";
    };
  distroName = text.line {
    option = "system.nixos.distroName";
    file = "the boot menu";
  } config.system.nixos.distroName;
  key = text.line {
    option = "boot.loader.systemd-boot.sortKey";
    file = "an entry of the boot menu";
  } cfg.sortKey;
  menuTimeout = if timeout == null then "menu-force" else toString timeout;

  # What install-systemd-boot.pl reads: a word, then its value, a line each.
  settings =
    {
      inherit distroName;
      timeout = menuTimeout;
      editor = if cfg.editor then "1" else "0";
      inherit (cfg) consoleMode;
      sortKey = key;
      program =
        "${pkgs.debianPackages.systemd-boot-efi.deb}/usr/lib/systemd/boot/efi/systemd-bootx64.efi";
      mountPoint = text.line {
        option = "boot.loader.efi.efiSysMountPoint";
        file = "the settings of the boot menu";
      } efi.efiSysMountPoint;
    }
    // lib.optionalAttrs (cfg.configurationLimit != null) {
      limit = toString cfg.configurationLimit;
    };
  lines =
    lib.mapAttrsToList (name: value: "${name} ${value}") settings
    ++ lib.mapAttrsToList (name: entry: "entry ${name} ${pkgs.writeText name entry}") entries
    ++ lib.mapAttrsToList (path: source: "file ${path} ${source}") files;
in
{
  imports = [
    (import ../../../../lib/inert.nix { inherit lib; } inert)
    (lib.mkRenamedOptionModule
      [ "boot" "loader" "gummiboot" "enable" ]
      [ "boot" "loader" "systemd-boot" "enable" ]
    )
    (lib.mkRenamedOptionModule
      [ "boot" "loader" "gummiboot" "timeout" ]
      [ "boot" "loader" "timeout" ]
    )
  ];

  options.boot.loader.systemd-boot = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether images are made with systemd-boot instead of GRUB. They start on machines with UEFI only: `partitionTableType` "
        + "is \"efi\", which becomes the default, or \"hybrid\".";
    };
    editor = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether the kernel's parameters can be changed in the menu: who sits there can then become root without a password.";
    };
    configurationLimit = mkOption {
      type = types.nullOr types.ints.positive;
      default = null;
      example = 10;
      description =
        "How many generations the menu has at most, and the partition kernels of. null for all.";
    };
    consoleMode = mkOption {
      type = types.enum [ "0" "1" "2" "5" "auto" "max" "keep" ];
      default = "keep";
      description = "The size of the menu's text, as in loader.conf(5).";
    };
    sortKey = sortKey "the system" "nixos";
    extraEntries = mkOption {
      type = types.attrsOf types.lines;
      default = { };
      example = {
        "other.conf" = ''
          title Other
          efi /efi/other/boot.efi
          sort-key o_other
        '';
      };
      description =
        "Further entries of the menu, by the name of their file. See the Boot Loader Specification.";
    };
    extraFiles = mkOption {
      type = types.attrsOf types.path;
      default = { };
      example = lib.literalExpression ''{ "efi/other/boot.efi" = ./boot.efi; }'';
      description = "Files to copy to the EFI system partition, by their path relative to it.";
    };
    extraInstallCommands = mkOption {
      type = types.lines;
      default = "";
      description =
        "Shell commands that are run once a switch has written the menu. An image is made without them.";
    };
    memtest86 = program "an entry for Memtest86+, a test of the memory" "o_memtest86";
    edk2-uefi-shell = program "an entry for the UEFI shell of EDK2" "o_edk2-uefi-shell";
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = !config.boot.loader.grub.enable;
        message =
          "boot.loader.systemd-boot.enable and boot.loader.grub.enable are both true. An image has one boot loader: set one of them "
          + "to false.";
      }
    ];
    boot.loader.grub.enable = lib.mkDefault false;
    virtualisation.useEFIBoot = lib.mkDefault config.virtualisation.useBootLoader;
    fileSystems.${efi.efiSysMountPoint} = {
      device = lib.mkDefault "/dev/disk/by-label/ESP";
      fsType = lib.mkDefault "vfat";
      options = lib.mkDefault [ "umask=0077" ];
    };

    # What make-disk-image.nix puts on the partition.
    system.build.systemdBoot = {
      kind = "systemd-boot";
      inherit distroName entries files;
      systemd = "${pkgs.debianPackages.systemd-boot-efi.deb}";
      timeout = menuTimeout;
      inherit (cfg) editor consoleMode;
      sortKey = key;
    };
    system.systemBuilderArgs.systemd-boot = lib.mkIf config.system.switch.enable {
      text = lib.concatMapStrings (line: "${line}\n") lines;
    };
    system.build.installBootLoader = lib.mkDefault (
      if cfg.extraInstallCommands == "" then
        "/usr/bin/perl ${./install-systemd-boot.pl}"
      else
        pkgs.writeShellScript "install-systemd-boot" ''
          set -e
          /usr/bin/perl ${./install-systemd-boot.pl} "$@"
          ${cfg.extraInstallCommands}
        ''
    );
  };
}
