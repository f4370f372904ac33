# Swap: partitions and files.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../lib/formats { inherit lib; }) fstab;
  files = builtins.filter (s: s.size != null) config.swapDevices;

  swapType = types.submodule [
    {
      options = {
        device = mkOption {
          type = types.nonEmptyStr;
          example = "/dev/vdb";
          description = "The device to swap to, or the path of a file.";
        };
        label = mkOption {
          type = types.str;
          example = "swap";
          description = "The label of the swap partition, instead of `device`.";
        };
        size = mkOption {
          type = types.nullOr types.int;
          default = null;
          example = 2048;
          description =
            "The size of a swap file in mebibytes. The file is created if it does not exist.";
        };
        priority = mkOption {
          type = types.nullOr types.int;
          default = null;
          example = 10;
          description =
            "The priority among swap devices: those with higher numbers are used first.";
        };
        options = mkOption {
          type = types.listOf types.nonEmptyStr;
          default = [ "defaults" ];
          description = "Options of the swap device in /etc/fstab.";
        };
        discardPolicy = mkOption {
          type = types.nullOr (types.enum [ "once" "pages" "both" ]);
          default = null;
          description =
            "When freed space is discarded (TRIM): `once` at boot, `pages` as they are freed, or `both`.";
        };
        randomEncryption = mkOption {
          type = types.coercedTo types.bool (enable: { inherit enable; }) (
            types.attrsOf types.anything
          );
          default = { enable = false; };
          description = "Not available: swap cannot be encrypted.";
        };
        deviceName = mkOption {
          type = types.str;
          internal = true;
          description = "The device as a unit's name.";
        };
      };
    }
    (
      { config, options, ... }:
      {
        device = lib.mkIf options.label.isDefined "/dev/disk/by-label/${config.label}";
        deviceName = lib.replaceStrings [ "\\" ] [ "" ] (utils.escapeSystemdPath config.device);
      }
    )
  ];

  optionsOf =
    s:
    s.options
    ++ lib.optional (s.priority != null) "pri=${toString s.priority}"
    ++ lib.optional
      (s.discardPolicy != null)
      "discard${lib.optionalString (s.discardPolicy != "both") "=${s.discardPolicy}"}";
in
{
  options.swapDevices = mkOption {
    type = types.listOf swapType;
    default = [ ];
    example = [
      {
        device = "/swapfile";
        size = 2048;
      }
    ];
    description = "Swap partitions and swap files.";
  };

  config = {
    assertions = map (s: {
      assertion = !(s.randomEncryption.enable or false);
      message =
        "swapDevices has randomEncryption for ${s.device}, which is not available: swap cannot be encrypted. Remove the setting.";
    }) config.swapDevices;

    system.build.fstabSwap = lib.concatMapStrings (
      s:
      fstab.entry {
        option = "swapDevices.*";
        inherit (s) device;
        mountPoint = "none";
        fsType = "swap";
        options = optionsOf s;
      }
    ) config.swapDevices;

    systemd.services = builtins.listToAttrs (
      map (
        s:
        lib.nameValuePair "mkswap-${s.deviceName}" {
          description = "Swap file ${s.device}";
          wantedBy = [ "${utils.escapeSystemdPath s.device}.swap" ];
          before = [ "${utils.escapeSystemdPath s.device}.swap" "shutdown.target" ];
          conflicts = [ "shutdown.target" ];
          after = [ "systemd-remount-fs.service" ];
          unitConfig.RequiresMountsFor = [ (dirOf s.device) ];
          unitConfig.DefaultDependencies = false;
          serviceConfig.Type = "oneshot";
          script = ''
            if [ "$(stat -c %s ${lib.escapeShellArg s.device} 2> /dev/null || echo 0)" != ${toString (s.size * 1048576)} ]; then
              swapoff ${lib.escapeShellArg s.device} 2> /dev/null || true
              rm -f ${lib.escapeShellArg s.device}
              fallocate -l ${toString s.size}M ${lib.escapeShellArg s.device}
              chmod 0600 ${lib.escapeShellArg s.device}
              mkswap ${lib.escapeShellArg s.device}
            fi
          '';
        }
      ) files
    );
  };
}
