# The state of a machine on a data disk of its own, so that its system can be replaced: `bootflake vm create` and `vm update` find what is
# declared here beside the image. The disk is made at the first boot, and grows with its file.
{
  config,
  lib,
  options,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.bootflake.state;
  persistence = lib.filterAttrs (_: store: store.enable) config.environment.persistence;
  places = map (store: store.persistentStoragePath) (lib.attrValues persistence);

  # `bootflake vm` gives the disk this serial number.
  device = "/dev/disk/by-id/virtio-bootflake-state";
  # The numbers of users and groups are kept in any case: files would be another's otherwise.
  numbers = "/var/lib/bootflake";
  keepsNumbers = lib.any (d: lib.elem d.directory [ "/var" "/var/lib" numbers ]) (
    lib.concatMap (store: store.directories) (lib.attrValues persistence)
  );
  list =
    what:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "/srv" ];
      description = what;
    };
in
{
  options.bootflake.state = {
    enable = mkOption {
      type = types.bool;
      default = places != [ ];
      defaultText = lib.literalExpression "config.environment.persistence != { }";
      description =
        "Whether the machine has a data disk of its own for what lasts when its system is replaced (`bootflake vm update`).";
    };
    mountPoint = mkOption {
      type = types.path;
      default = if builtins.length places == 1 then builtins.head places else "/state";
      defaultText = lib.literalExpression ''the path in environment.persistence, or "/state"'';
      description = "Where the data disk is mounted.";
    };
    size = mkOption {
      type = types.str;
      default = "8G";
      example = "100G";
      description =
        "The size of the data disk of a new machine: a number with M, G or T. Its file occupies what is written. "
        + "`bootflake vm create --state-size` takes precedence.";
    };
    defaults = mkOption {
      type = types.bool;
      default = places == [ ] || options.bootflake.state.enable.highestPrio < 1500;
      defaultText =
        lib.literalMD "false where only `environment.persistence` makes `enable` true, else true";
      description =
        "Whether /var and /home, /etc/machine-id and the SSH server's host keys are kept, without being listed.";
    };
    directories = list "Directories that are kept, in addition to the defaults.";
    files =
      list "Files that are kept, in addition to the defaults. In their places are links to them.";
  };

  config = {
    bootflake.state = lib.mkIf cfg.enable {
      stores = lib.singleton {
        option = "bootflake.state";
        placeOption = "bootflake.state.mountPoint";
        persistentStoragePath = cfg.mountPoint;
        users = { };
        directories = map (directory: {
          inherit directory;
          user = "root";
          group = "root";
          mode = "0755";
          hideMount = false;
        }) cfg.directories;
        files = map (file: { inherit file; }) cfg.files;
      };
      directories = lib.mkMerge [
        (lib.mkIf cfg.defaults [ "/home" "/var" ])
        # Unless /var or /var/lib is kept, by whatever option.
        (lib.mkIf (!cfg.defaults && !keepsNumbers) [ numbers ])
      ];
      files =
        lib.mkIf
          cfg.defaults
          (
            [ "/etc/machine-id" ]
            ++ lib.optionals config.services.openssh.enable (
              lib.concatMap (key: [ key.path "${key.path}.pub" ]) config.services.openssh.hostKeys
            )
          );
    };

    fileSystems = lib.mkIf cfg.enable {
      ${cfg.mountPoint} = {
        device = lib.mkOverride 900 device;
        fsType = lib.mkDefault "ext4";
        label = lib.mkOverride 1100 "bootflake-state";
        autoFormat = lib.mkDefault true;
        autoResize = lib.mkDefault true;
        neededForBoot = true;
      };
    };

    assertions = lib.optionals cfg.enable [
      {
        assertion = config.fileSystems.${cfg.mountPoint}.device == device;
        message =
          "fileSystems.\"${
            cfg.mountPoint
          }\".device is \"${
            toString config.fileSystems.${cfg.mountPoint}.device
          }\", but ${cfg.mountPoint} is the machine's data disk. Remove the device, or, to keep state on a disk that you provide, set "
          + "bootflake.state.enable = false.";
      }
      {
        assertion = builtins.match "[1-9][0-9]*[MGT]" cfg.size != null;
        message = "bootflake.state.size is \"${cfg.size}\". Use a number with M, G or T: \"20G\".";
      }
    ];
  };
}
