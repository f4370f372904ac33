# Parameters of the kernel under /proc/sys.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../lib/formats { inherit lib; }) assignments;

  value = types.nullOr (types.oneOf [ types.bool types.str types.int ]) // {
    # If several modules set a number, the largest counts, as on NixOS for limits like vm.max_map_count.
    merge =
      loc: defs:
      let
        values = lib.getValues defs;
      in
      if lib.all builtins.isInt values then
        builtins.foldl' lib.max (lib.head values) values
      else
        lib.mergeEqualOption loc defs;
  };
  text = v: if v == true then "1" else if v == false then "0" else toString v;
in
{
  options.boot.kernel.sysctl = mkOption {
    type = types.attrsOf value;
    default = { };
    example = {
      "net.ipv4.tcp_syncookies" = false;
      "vm.swappiness" = 60;
    };
    description = "Kernel parameters to set at boot, as in sysctl(8). null leaves one unset.";
  };

  config = {
    boot.kernel.sysctl = {
      "kernel.printk" = lib.mkDefault config.boot.consoleLogLevel;
      "kernel.kptr_restrict" = lib.mkDefault 1;
      # Protects users who open links, pipes and files of others in shared directories.
      "fs.protected_fifos" = lib.mkDefault 1;
      "fs.protected_hardlinks" = lib.mkDefault 1;
      "fs.protected_regular" = lib.mkDefault 2;
      "fs.protected_symlinks" = lib.mkDefault 1;
      # Lets everyone use ping, without a privileged program.
      "net.ipv4.ping_group_range" = lib.mkDefault "0 2147483647";
      "fs.inotify.max_user_instances" = lib.mkDefault 524288;
      "fs.inotify.max_user_watches" = lib.mkDefault 524288;
      "vm.max_map_count" = lib.mkDefault 1048576;
    };

    # Debian's defaults: loose reverse path filters, no source routes. Before trixie there are only those for links, in a file of procps
    # that would override this one.
    system.basePackages =
      lib.optional (pkgs.debianPackages ? linux-sysctl-defaults) "linux-sysctl-defaults";
    environment.etc."sysctl.d/99-protect-links.conf".source = "/dev/null";

    environment.etc."sysctl.d/60-nixos.conf".text = lib.concatStrings (
      lib.mapAttrsToList (
        name: v:
        lib.optionalString (v != null) (
          assignments.sysctl {
            option = lib.showOption [ "boot" "kernel" "sysctl" name ];
            file = "sysctl.d";
          } name (text v)
        )
      ) config.boot.kernel.sysctl
    );
  };
}
