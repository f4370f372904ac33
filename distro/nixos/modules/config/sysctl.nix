# Parameters of the kernel under /proc/sys.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  inherit (import ../../lib/formats { inherit lib; }) assignments;

  value = types.nullOr (types.oneOf [ types.bool types.str types.int ]) // {
    # A number that several modules set is the largest of them, as on NixOS for limits like vm.max_map_count.
    merge = loc: defs:
      let values = lib.getValues defs;
      in if lib.all builtins.isInt values then builtins.foldl' lib.max (lib.head values) values else lib.mergeEqualOption loc defs;
  };
  text = v: if v == true then "1" else if v == false then "0" else toString v;
in
{
  options.boot.kernel.sysctl = mkOption {
    type = types.attrsOf value;
    default = { };
    example = { "net.ipv4.tcp_syncookies" = false; "vm.swappiness" = 60; };
    description = "Parameters of the kernel; null leaves one as it is.";
  };

  config = {
    boot.kernel.sysctl = {
      "kernel.printk" = lib.mkDefault config.boot.consoleLogLevel;
      "kernel.kptr_restrict" = lib.mkDefault 1;
      # ping for everyone, without a privilege of the program's own.
      "net.ipv4.ping_group_range" = lib.mkDefault "0 2147483647";
      "fs.inotify.max_user_instances" = lib.mkDefault 524288;
      "fs.inotify.max_user_watches" = lib.mkDefault 524288;
      "vm.max_map_count" = lib.mkDefault 1048576;
    };

    environment.etc."sysctl.d/60-nixos.conf".text = lib.concatStrings (lib.mapAttrsToList
      (name: v: lib.optionalString (v != null) (assignments.sysctl { option = lib.showOption [ "boot" "kernel" "sysctl" name ]; file = "sysctl.d"; } name (text v)))
      config.boot.kernel.sysctl);
  };
}
