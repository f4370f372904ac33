# The options of the initrd whose process 1 is systemd. systemd.nix packs it.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../../lib/option-makers.nix { inherit lib; }) strings;
  unitOptions = import ../../../../lib/systemd-unit-options.nix { inherit lib; };

  unitsOf =
    kind:
    mkOption {
      type = types.attrsOf (types.submodule { options = unitOptions.${kind}; });
      default = { };
      description =
        "Definitions of systemd ${kind} units of the initrd, by name without the suffix.";
    };
  listOfUnits =
    kind:
    mkOption {
      type = types.listOf (types.submodule { options = unitOptions.${kind}; });
      default = [ ];
      description = "Definitions of systemd ${kind} units of the initrd.";
    };
  units =
    description:
    mkOption {
      type = types.listOf unitOptions.unitName;
      default = [ ];
      inherit description;
    };

  contents =
    { name, config, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the file is in the initrd.";
        };
        target = mkOption {
          type = types.path;
          default = name;
          description = "The path in the initrd. Defaults to the attribute's name.";
        };
        text = mkOption {
          type = types.nullOr types.lines;
          default = null;
          description = "The text of the file.";
        };
        source = mkOption {
          type = types.path;
          description = "The path of a file or folder to copy.";
        };
      };
      config.source = lib.mkIf (config.text != null) (
        lib.mkDefault (pkgs.writeText "initrd-${baseNameOf name}" config.text)
      );
    };
  # Without systemd, nothing of these would be in the initrd.
  cfg = config.boot.initrd.systemd;
  ignored = lib.optionals (!cfg.enable) (
    builtins.filter (name: !(lib.elem cfg.${name} [ { } [ ] false null ])) [
      "additionalUpstreamUnits"
      "automounts"
      "contents"
      "emergencyAccess"
      "extraBin"
      "initrdBin"
      "managerEnvironment"
      "mounts"
      "paths"
      "services"
      "slices"
      "sockets"
      "storePaths"
      "suppressedUnits"
      "targets"
      "timers"
      "units"
    ]
    ++ lib.optional (cfg.settings.Manager != { }) "settings.Manager"
  );
in
{
  config.assertions = map (name: {
    assertion = false;
    message =
      "boot.initrd.systemd.${name} is set, but the initrd is that of busybox. Set boot.initrd.systemd.enable = true, too.";
  }) ignored;

  options.boot.initrd = {
    needsSystemd = mkOption {
      type = types.listOf types.str;
      default = [ ];
      internal = true;
      description =
        "What the small initrd cannot do, in words: an initrd with systemd is made for it.";
    };

    systemd = {
      enable = mkOption {
        type = types.bool;
        default = config.boot.initrd.needsSystemd != [ ];
        defaultText =
          lib.literalMD
            "whether the configuration asks for more than mounting the root file system";
        description =
          "Whether process 1 of the initrd is systemd. It is by itself where the small one, of busybox, does not suffice: for other "
          + "file systems that are needed for boot, for encrypted disks, and for a root file system in memory.";
      };
      contents = mkOption {
        type = types.attrsOf (types.submodule contents);
        default = { };
        example = { "/etc/motd".text = "in the initrd\n"; };
        description = "Files of the initrd, by path.";
      };
      storePaths = mkOption {
        type = types.listOf types.pathInStore;
        default = [ ];
        description = "Store paths to copy into the initrd.";
      };
      extraBin = mkOption {
        type = types.attrsOf types.path;
        default = { };
        example = lib.literalExpression ''{ jq = "''${pkgs.jq}/bin/jq"; }'';
        description = "Programs to add to /bin of the initrd, by name.";
      };
      initrdBin = mkOption {
        type = types.listOf types.package;
        default = [ ];
        example = lib.literalExpression "[ pkgs.parted ]";
        description = "Packages whose programs are in /bin of the initrd.";
      };
      additionalUpstreamUnits = units "Further units of Debian's packages that are in the initrd.";
      suppressedUnits = units "Units that are not in the initrd, even if something else adds them.";
      emergencyAccess = mkOption {
        type = types.oneOf [ types.bool (types.nullOr types.str) ];
        default = false;
        description =
          "Whether a boot that fails ends in a shell on the console, which no password protects. A hashed password protects it. Without "
          + "access, the reason is shown, and the machine restarts after a minute; `boot.shell_on_fail` on the kernel's command line "
          + "grants access once.";
      };
      managerEnvironment = mkOption {
        type = types.attrsOf (types.nullOr (types.oneOf [ types.str types.path types.package ]));
        default = { };
        example = { SYSTEMD_LOG_LEVEL = "debug"; };
        description = "Environment variables of process 1 of the initrd.";
      };
      settings.Manager = mkOption {
        type = types.attrsOf unitOptions.unitOption;
        default = { };
        example = { DefaultDeviceTimeoutSec = "5min"; };
        description = "Settings of the initrd's service manager, as in systemd-system.conf(5).";
      };
      units = mkOption {
        type = types.attrsOf (types.submodule { options = unitOptions.unit; });
        default = { };
        description = "All units of the initrd, as the text of their files, by file name.";
      };
      services = unitsOf "service";
      sockets = unitsOf "socket";
      timers = unitsOf "timer";
      targets = unitsOf "target";
      paths = unitsOf "path";
      slices = unitsOf "slice";
      mounts = listOfUnits "mount";
      automounts = listOfUnits "automount";

      packages = mkOption {
        type = types.listOf types.str;
        default = [ ];
        internal = true;
        description = "Names of Debian packages that the initrd's files are taken from.";
      };
      files = strings "Paths of these packages' files that are in the initrd." // {
        internal = true;
      };
      optionalFiles = strings "The same of files that not every suite of Debian has." // {
        internal = true;
      };
    };
  };
}
