# fwupd: updates of firmware.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../lib/option-makers.nix { inherit lib; }) strings;
  cfg = config.services.fwupd;
  ini = pkgs.formats.ini {
    listToValue = lib.concatStringsSep ";";
    mkKeyValue = lib.generators.mkKeyValueDefault { } "=";
    option =
      path:
      let
        section = {
          fwupd = "daemonSettings";
          uefi_capsule = "uefiCapsuleSettings";
        };
      in
      lib.showOption ([ "services" "fwupd" section.${builtins.head path} ] ++ builtins.tail path);
  };
  inherit (import ../../../lib/formats { inherit lib; }) text;

  renamed =
    old: new:
    lib.mkRenamedOptionModule ([ "services" "fwupd" ] ++ old) ([
      "services"
      "fwupd"
      "daemonSettings"
    ] ++ new);

  remotes = lib.listToAttrs (
    map (
      name:
      let
        file = text.fileName {
          option = "services.fwupd.extraRemotes";
          file = "/etc/fwupd/remotes.d";
        } name;
      in
      lib.nameValuePair "fwupd/remotes.d/${file}.conf" {
        source = pkgs.runCommandLocal "enabled-${file}.conf" { } ''
          sed 's/^Enabled=false/Enabled=true/' ${cfg.package.deb}/etc/fwupd/remotes.d/${file}.conf > "$out"
        '';
      }
    ) cfg.extraRemotes
  );
in
{
  imports = [
    (renamed [ "blacklistDevices" ] [ "DisabledDevices" ])
    (renamed [ "blacklistPlugins" ] [ "DisabledPlugins" ])
    (renamed [ "disabledDevices" ] [ "DisabledDevices" ])
    (renamed [ "disabledPlugins" ] [ "DisabledPlugins" ])
    (lib.mkRemovedOptionModule [ "services" "fwupd" "enableTestRemote" ] (
      "Use services.fwupd.daemonSettings.TestDevices."
    ))
  ];

  options.services.fwupd = {
    enable = lib.mkEnableOption "fwupd, a service for updates of firmware";
    package = lib.mkPackageOption pkgs "fwupd" { };
    extraTrustedKeys = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Public keys of further authors of firmware.";
    };
    extraRemotes =
      strings "Sources of firmware of the package's that are used beside those that are by default."
      // {
        example = [ "lvfs-testing" ];
      };
    daemonSettings = mkOption {
      type = types.submodule {
        freeformType = ini.type.nestedTypes.elemType;
        options = {
          DisabledDevices = strings "Devices that are left alone, by their ids.";
          DisabledPlugins = strings "Plugins that are not used.";
          EspLocation = mkOption {
            type = types.path;
            default = config.boot.loader.efi.efiSysMountPoint;
            defaultText = lib.literalExpression "config.boot.loader.efi.efiSysMountPoint";
            description = "Where the EFI system partition is mounted.";
          };
          TestDevices = mkOption {
            type = types.bool;
            default = false;
            description = "Whether there is a device for tests.";
          };
        };
      };
      default = { };
      description = "Settings of the daemon.";
    };
    uefiCapsuleSettings = mkOption {
      type = types.submodule { freeformType = ini.type.nestedTypes.elemType; };
      default = { };
      description = "Settings of updates by UEFI.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    security.polkit.enable = true;
    services.dbus.packages = [ cfg.package ];
    users.groups.fwupd-refresh = { };
    users.users.fwupd-refresh = {
      isSystemUser = true;
      group = "fwupd-refresh";
    };
    environment.etc =
      {
        "fwupd/fwupd.conf" = {
          source = ini.generate "fwupd.conf" {
            fwupd = lib.filterAttrs (_: v: v != [ ]) cfg.daemonSettings;
            uefi_capsule = cfg.uefiCapsuleSettings;
          };
          # The daemon refuses a file that others than root can read.
          mode = "0640";
        };
      }
      // remotes
      // lib.listToAttrs (
        lib.imap0 (
          i: key:
          lib.nameValuePair "pki/fwupd/extra-${toString i}-${baseNameOf key}" { source = key; }
        ) cfg.extraTrustedKeys
      );
    systemd.timers.fwupd-refresh = {
      overrideStrategy = "asDropin";
      wantedBy = [ "timers.target" ];
    };
  };
}
