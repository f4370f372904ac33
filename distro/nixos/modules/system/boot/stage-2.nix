# Stage 2 of the boot: from the mounted root to the start of systemd.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  # A container's root is a folder of the machine's.
  root =
    config.fileSystems."/" or {
      fsType = "none";
      options = [ ];
      autoResize = false;
    };
  flag = value: if value then "1" else "";
  inherit (import ../../../lib/formats { inherit lib; }) shell text;
  quoted =
    option: value:
    shell.inSingleQuotes (
      text.line {
        inherit option;
        file = "stage 2";
      } value
    );
in
{
  options.boot = {
    postBootCommands = mkOption {
      type = types.lines;
      default = "";
      example = "rm -f /var/log/messages";
      description =
        "Shell commands that root runs at the end of stage 2 of the boot, just before systemd starts.";
    };
    systemdExecutable = mkOption {
      type = types.str;
      default = "/usr/lib/systemd/systemd";
      description = "The program that stage 2 of the boot executes as the init process.";
    };
  };

  config.system.build.bootScript =
    lib.replaceStrings
      [
        "@distroName@"
        "@rootType@"
        "@checkRoot@"
        "@rootReadOnly@"
        "@growPartition@"
        "@autoResize@"
        "@postBootCommands@"
        "@systemd@"
      ]
      [
        (quoted "system.nixos.distroName" config.system.nixos.distroName)
        (quoted "fileSystems.\"/\".fsType" root.fsType)
        # systemd's initrd has checked it before it was mounted.
        (flag (!config.boot.initrd.systemd.enable))
        (flag (config.boot.isContainer || lib.elem "ro" root.options))
        (flag config.boot.growPartition)
        (flag root.autoResize)
        config.boot.postBootCommands
        (text.line {
          option = "boot.systemdExecutable";
          file = "stage 2";
        } config.boot.systemdExecutable)
      ]
      (builtins.readFile ./stage-2-init.sh);
}
