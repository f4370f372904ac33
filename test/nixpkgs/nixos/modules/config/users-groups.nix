{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption types;
  string = default: mkOption { type = types.str; inherit default; };
  users = lib.attrValues config.users.users;
  groups = lib.attrValues config.users.groups;
  membersOf = group: lib.unique (group.members ++ map (u: u.name) (lib.filter (u: lib.elem group.name u.extraGroups) users));
  # Numbers that are not set are given in the order of the names.
  numbered = field: first: entries:
    let
      free = lib.filter (e: e.${field} == null) entries;
    in
    lib.listToAttrs (
      map (e: lib.nameValuePair e.name e.${field}) (lib.filter (e: e.${field} != null) entries)
      ++ lib.imap0 (i: e: lib.nameValuePair e.name (first e + i)) free
    );
  uids = numbered "uid" (u: if u.isNormalUser then 1000 else 400) users;
  gids = numbered "gid" (_: 900) groups;
in
{
  options.users = {
    mutableUsers = mkOption { type = types.bool; default = true; };
    users = mkOption {
      default = { };
      type = types.attrsOf (
        types.submodule (
          { name, config, ... }: {
            options = {
              name = string name;
              uid = mkOption { type = types.nullOr types.int; default = null; };
              group = string (if config.isNormalUser then "users" else "nogroup");
              extraGroups = mkOption { type = types.listOf types.str; default = [ ]; };
              isNormalUser = mkOption { type = types.bool; default = false; };
              isSystemUser = mkOption { type = types.bool; default = false; };
              home = string (if config.isNormalUser then "/home/${name}" else "/var/empty");
              createHome = mkOption { type = types.bool; default = config.isNormalUser; };
              shell = string (if config.isNormalUser then "/run/current-system/sw/bin/bash" else "/run/current-system/sw/bin/nologin");
              password = mkOption { type = types.nullOr types.str; default = null; };
              hashedPassword = mkOption { type = types.nullOr types.str; default = null; };
              description = string "";
            };
          }
        )
      );
    };
    groups = mkOption {
      default = { };
      type = types.attrsOf (
        types.submodule (
          { name, ... }: {
            options = {
              name = string name;
              gid = mkOption { type = types.nullOr types.int; default = null; };
              members = mkOption { type = types.listOf types.str; default = [ ]; };
            };
          }
        )
      );
    };
  };

  config = {
    users.users = {
      root = { uid = 0; group = "root"; home = "/root"; shell = "/run/current-system/sw/bin/bash"; description = "System administrator"; };
      messagebus = { uid = 4; group = "messagebus"; isSystemUser = true; };
      polkituser = { name = "polkitd"; uid = 28; group = "polkitd"; isSystemUser = true; };
      systemd-network = { uid = 152; group = "systemd-network"; isSystemUser = true; };
      systemd-resolve = { uid = 153; group = "systemd-resolve"; isSystemUser = true; };
      systemd-timesync = { uid = 154; group = "systemd-timesync"; isSystemUser = true; };
      nobody = { uid = 65534; group = "nogroup"; isSystemUser = true; };
    };
    users.groups = {
      root.gid = 0; wheel.gid = 1; kmem.gid = 2; tty.gid = 3; messagebus.gid = 4; disk.gid = 6; audio.gid = 17; users.gid = 100;
      utmp.gid = 29; adm.gid = 55; systemd-journal.gid = 62; input.gid = 174; kvm.gid = 302; render.gid = 303; sgx.gid = 304; lp.gid = 20;
      dialout.gid = 27; video.gid = 26; cdrom.gid = 24; tape.gid = 25; polkitd.gid = 28; nogroup.gid = 65534; nixbld.gid = 30000;
      systemd-network.gid = 152; systemd-resolve.gid = 153; systemd-timesync.gid = 154;
    };
    system.activationScripts.users = ''
      echo "setting up users..."
      umask 022
      cat > /etc/passwd.new <<'END'
      ${lib.concatMapStringsSep "\n" (u: lib.concatStringsSep ":" [
        u.name "x" (toString uids.${u.name}) (toString gids.${u.group}) u.description u.home u.shell
      ]) users}
      END
      cat > /etc/group.new <<'END'
      ${lib.concatMapStringsSep "\n" (g: lib.concatStringsSep ":" [
        g.name "x" (toString gids.${g.name}) (lib.concatStringsSep "," (membersOf g))
      ]) groups}
      END
      ( umask 027
        touch /etc/shadow
        {
        ${lib.concatMapStrings (u: ''
          old=$(grep '^${u.name}:' /etc/shadow | cut -d: -f2 || true)
          ${if u.hashedPassword != null then "hash=${lib.escapeShellArg u.hashedPassword}"
            else if u.password != null then "hash=$(printf '%s\n' ${lib.escapeShellArg u.password} | mkpasswd -m sha-512 -s)"
            else "hash='!'"}
          ${lib.optionalString config.users.mutableUsers ''[ -z "$old" ] || hash=$old''}
          echo "${u.name}:$hash:1::::::"
        '') users}
        } > /etc/shadow.new
      )
      for file in passwd group shadow; do mv /etc/$file.new /etc/$file; done
      ${lib.concatMapStrings (u: lib.optionalString u.createHome ''
        if ! [ -e ${u.home} ]; then
          mkdir -p ${u.home}
          chown ${u.name}:${u.group} ${u.home}
          chmod 0700 ${u.home}
        fi
      '') users}
    '';
  };
}
