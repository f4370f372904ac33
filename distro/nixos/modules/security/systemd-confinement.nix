# systemd.services.<name>.confinement: a service that sees nothing of the machine's files but its programs.
{ config, lib, ... }:

let
  inherit (lib) mkDefault mkOption types;
  line = import ../../lib/line-types.nix { inherit lib; };

  # Debian's programs are in one tree, with the libraries and data of all: it is there as a whole, and so is the store.
  programs = [
    "/usr"
    "/nix/store"
  ] ++ map (name: "/usr/${name}:/${name}") [ "bin" "lib" "lib64" "sbin" ];

  # systemd follows the links in the service's root: another shell takes dash's place.
  shells = [ "/bin/sh" "/usr/bin/sh" ];

  confined =
    { config, ... }:
    let
      cfg = config.confinement;
    in
    {
      options.confinement = {
        enable = mkOption {
          type = types.bool;
          default = false;
          description =
            "Whether the service has a root directory of its own, empty but for the system's programs (/usr and /nix/store), which it "
            + "cannot change. Files that it needs besides are for `serviceConfig.BindPaths` and `BindReadOnlyPaths`.";
        };
        mode = mkOption {
          type = types.enum [ "full-apivfs" "chroot-only" ];
          default = "full-apivfs";
          description =
            "`full-apivfs`: /dev, /proc and /sys are there, too, without devices and with a /tmp and users of its own. `chroot-only`: the "
            + "files alone.";
        };
        binSh = mkOption {
          type = types.nullOr line.path;
          default = "/bin/sh";
          description = "The shell that /bin/sh is, if it is not the machine's; null for none.";
        };
        packages = mkOption {
          type = types.listOf (types.either types.str types.package);
          default = [ ];
          description =
            "Packages that the service needs and its unit does not name. All of the store is there.";
        };
        fullUnit = mkOption {
          type = types.bool;
          default = false;
          description =
            "Whether what the rest of the unit names is there, too. All of the store is.";
        };
      };

      config = lib.mkIf cfg.enable {
        restartTriggers = cfg.packages;
        serviceConfig = lib.mkMerge [
          {
            RootDirectory = mkDefault "/var/empty";
            TemporaryFileSystem = "/";
            PrivateMounts = mkDefault true;
            MountAPIVFS = mkDefault (cfg.mode == "full-apivfs");
            BindReadOnlyPaths =
              programs
              ++ lib.optionals (!(lib.elem cfg.binSh [ "/bin/sh" null ])) (
                map (sh: "${cfg.binSh}:${sh}") shells
              );
            InaccessiblePaths = lib.mkIf (cfg.binSh == null) shells;
          }
          (lib.mkIf (cfg.mode == "full-apivfs") (
            lib.genAttrs [
              "PrivateDevices"
              "PrivateTmp"
              "PrivateUsers"
              "ProtectControlGroups"
              "ProtectKernelModules"
              "ProtectKernelTunables"
            ] (_: mkDefault true)
          ))
        ];
      };
    };

  services = lib.filterAttrs (_: service: service.confinement.enable) config.systemd.services;
in
{
  options.systemd.services = mkOption {
    type = types.attrsOf (types.submodule confined);
  };

  config = {
    assertions = lib.concatLists (
      lib.mapAttrsToList (
        name: service:
        map (setting: {
          assertion = !(service.serviceConfig ? ${setting});
          message =
            "systemd.services.${name} has confinement, with which serviceConfig.${setting} is not possible. "
            + "Remove one of them.";
        }) [ "ProtectSystem" "RootDirectoryStartOnly" "RootImage" ]
      ) services
    );
  };
}
