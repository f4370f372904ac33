# The users and groups of the initrd.
{ config, lib, ... }:

let
  inherit (lib) mkOption types;
  cfg = config.boot.initrd.systemd;
  inherit (import ../../../../lib/formats { inherit lib; }) text;
  inherit (import ./contents.nix) groups;
  field =
    option:
    text.restrict "[^:[:cntrl:]]*" "colons or line breaks" {
      inherit option;
      file = "the initrd's users";
    };
  name = kind: field (lib.showOption [ "boot" "initrd" "systemd" kind ]);

  user = {
    options = {
      uid = mkOption {
        type = types.ints.u32;
        description = "The user's number in the initrd.";
      };
      group = mkOption {
        type = types.str;
        default = "nogroup";
        description = "The user's group, one of `boot.initrd.systemd.groups`.";
      };
      shell = mkOption {
        type = types.path;
        default = "/usr/sbin/nologin";
        description = "The user's shell, a path in the initrd.";
      };
    };
  };
  group.options.gid = mkOption {
    type = types.ints.u32;
    description = "The group's number in the initrd.";
  };

  userLine =
    n: u:
    let
      gid =
        (
          cfg.groups.${u.group} or (throw
            "boot.initrd.systemd.users.${n}.group is \"${u.group}\", which is not in boot.initrd.systemd.groups. Add it there."
          )
        ).gid;
      home = if u.uid == 0 then "/root" else "/";
    in
    "${
      name "users" n
    }:x:${
      toString u.uid
    }:${toString gid}:${name "users" n}:${home}:${field (lib.showOption [ "boot" "initrd" "systemd" "users" n "shell" ]) u.shell}\n";
in
{
  options.boot.initrd.systemd = {
    users = mkOption {
      type = types.attrsOf (types.submodule user);
      default = { };
      example = { root.shell = "/bin/systemd-tty-ask-password-agent"; };
      description = "The users of the initrd.";
    };
    groups = mkOption {
      type = types.attrsOf (types.submodule group);
      default = { };
      description = "The groups of the initrd.";
    };
  };

  config.boot.initrd.systemd = {
    users.root = {
      uid = lib.mkDefault 0;
      group = lib.mkDefault "root";
      shell = lib.mkDefault "/bin/bash";
    };
    groups = lib.genAttrs groups (n: { gid = lib.mkDefault config.ids.gids.${n}; });
    contents = lib.mkIf cfg.enable {
      "/etc/passwd".text = lib.concatStrings (lib.mapAttrsToList userLine cfg.users);
      "/etc/group".text = lib.concatStrings (
        lib.mapAttrsToList (n: g: "${name "groups" n}:x:${toString g.gid}:\n") cfg.groups
      );
    };
  };
}
