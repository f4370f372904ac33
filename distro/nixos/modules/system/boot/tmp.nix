# /tmp.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.boot.tmp;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  size = text.restrict "[^[:space:][:cntrl:],]+" "blanks, commas or line breaks, nor be empty" {
    option = "boot.tmp.tmpfsSize";
    file = "mount options";
  } (toString cfg.tmpfsSize);
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "boot" "cleanTmpDir" ] [ "boot" "tmp" "cleanOnBoot" ])
    (lib.mkRenamedOptionModule [ "boot" "tmpOnTmpfs" ] [ "boot" "tmp" "useTmpfs" ])
    (lib.mkRenamedOptionModule [ "boot" "tmpOnTmpfsSize" ] [ "boot" "tmp" "tmpfsSize" ])
  ];

  options.boot.tmp = {
    cleanOnBoot = mkOption {
      type = types.bool;
      default = false;
      description = "Whether all files in /tmp are deleted at every boot.";
    };
    useTmpfs = mkOption {
      type = types.bool;
      default = false;
      description = "Whether /tmp is a file system in memory (tmpfs), empty after every boot.";
    };
    tmpfsSize = mkOption {
      type = types.oneOf [ types.str types.ints.positive ];
      default = "50%";
      example = "2G";
      description =
        "The size of /tmp with `useTmpfs`: in bytes, with a suffix such as `G`, or in percent of the memory.";
    };
  };

  config = {
    # trixie's systemd has the mount on by default.
    systemd.suppressedSystemUnits = lib.optional (!cfg.useTmpfs) "tmp.mount";
    systemd.mounts = lib.optional cfg.useTmpfs {
      what = "tmpfs";
      where = "/tmp";
      type = "tmpfs";
      mountConfig.Options = "mode=1777,strictatime,rw,nosuid,nodev,size=${size}";
      wantedBy = [ "local-fs.target" ];
    };
    systemd.tmpfiles.rules = lib.optional cfg.cleanOnBoot "D! /tmp 1777 root root";
  };
}
