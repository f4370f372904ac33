# What lasts of a system whose root is new at each start or update: directories that are bind mounts, and files that are links, of a file
# system of their own. The options are those of the module `impermanence`; bootflake.state (state.nix) is built on the same.
#
# The initrd makes what is missing there and takes over what a new image has (bring-state.sh), before anything is mounted over it. Owners
# are names, which only the system knows: a directory with an owner of its own is made without permissions, and gets both in activation.
{
  config,
  lib,
  utils,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../lib/formats { inherit lib; }) text;
  cfg = config.environment.persistence;
  stores =
    builtins.filter (store: store.enable) (
      lib.mapAttrsToList (
        name: store:
        store
        // rec {
          option = lib.showOption [ "environment" "persistence" name ];
          placeOption = "${option}.persistentStoragePath";
        }
      ) cfg
    )
    ++ config.bootflake.state.stores;

  option = name: type: description: mkOption { inherit type description; };
  owner = {
    user = option "user" types.str "The owner that the directory gets when it is made.";
    group = option "group" types.str "The group that the directory gets when it is made.";
    mode =
      option
        "mode"
        types.str
        "The permissions that the directory gets when it is made, as chmod takes them."
      // {
        example = "0700";
      };
  };
  # The options of a directory; `below` is put before its path.
  directory =
    {
      below ? "",
      user ? "root",
      group ? "root",
      hidden,
    }:
    types.coercedTo types.str (path: { directory = path; }) (
      types.submodule {
        options = {
          directory = option "directory" types.str "The path of the directory.";
          hideMount = mkOption {
            type = types.bool;
            default = hidden;
            description = "Whether file managers do not show the mount as a drive.";
          };
        } // owner;
        config = builtins.mapAttrs (_: lib.mkDefault) {
          inherit user group;
          mode = "0755";
        };
      }
    );
  # The options of a file; the owner is that of its parent directory, unless that has one of its own.
  file =
    {
      user ? "root",
      group ? "root",
    }:
    types.coercedTo types.str (path: { file = path; }) (
      types.submodule {
        options = {
          file = option "file" types.str "The path of the file.";
          parentDirectory =
            builtins.mapAttrs (name: default: owner.${name} // { inherit default; }) {
              inherit user group;
              mode = "0755";
            };
        };
      }
    );
  list =
    type: example: description:
    mkOption {
      type = types.listOf type;
      default = [ ];
      inherit example description;
    };

  store = types.submodule (
    { name, config, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether what is listed here lasts.";
        };
        persistentStoragePath = mkOption {
          type = types.path;
          default = name;
          defaultText = lib.literalExpression "the attribute's name";
          description = "Where the file system is mounted that keeps it.";
        };
        directories = list (directory { hidden = config.hideMounts; }) [
          "/var/log"
        ] "Directories that are kept.";
        files = list (file { }) [
          "/etc/machine-id"
        ] "Files that are kept. In their places are links to them.";
        hideMounts = mkOption {
          type = types.bool;
          default = false;
          description = "Whether file managers do not show the mounts as drives.";
        };
        users = mkOption {
          type = types.attrsOf (
            types.submodule (
              { name, ... }@user:
              {
                options = {
                  home = mkOption {
                    type = types.path;
                    default = "/home/${name}";
                    defaultText = lib.literalExpression ''"/home/<name>"'';
                    description = "The home directory of the user.";
                  };
                  directories =
                    list
                      (directory {
                        user = name;
                        group = userGroup name;
                        hidden = config.hideMounts;
                      })
                      [ "Documents" ]
                      "Directories in the user's home that are kept.";
                  files =
                    list
                      (file {
                        user = name;
                        group = userGroup name;
                      })
                      [ ".screenrc" ]
                      "Files in the user's home that are kept.";
                };
              }
            )
          );
          default = { };
          description = "What is kept in the homes of users, by their names.";
        };
      };
    }
  );
  userGroup = name: config.users.users.${name}.group or "users";

  # A path that is put together from options, without redundant slashes.
  path =
    option: p:
    "/"
    + text.relativePath {
      inherit option;
      file = "the list of what is kept";
    } p;
  word =
    option: value:
    text.word {
      inherit option;
      file = "a script";
    } value;

  # What a store lists, for itself and for the homes of its users. `make' receives the option's name, what is put before the path, and one.
  entriesOf =
    make: list: store:
    map (make store.option "") (list store)
    ++ lib.concatLists (
      lib.mapAttrsToList (
        name: user: map (make "${store.option}.users.${name}" "${user.home}/") (list user)
      ) store.users
    );
  ownerOf = at: d: {
    user = word "${at}.user" d.user;
    group = word "${at}.group" d.group;
    mode = word "${at}.mode" d.mode;
  };
  directoriesOf = entriesOf (
    at: below: d:
    {
      path = path "${at}.directories" (below + d.directory);
      inherit (d) hideMount;
    }
    // ownerOf "${at}.directories.*" d
  ) (s: s.directories);
  filesOf =
    store:
    lib.unique (entriesOf (at: below: f: path "${at}.files" (below + f.file)) (s: s.files) store);
  # Folders of files, where an owner or permissions are asked for.
  parentsOf =
    entriesOf
      (
        at: below: f:
        { path = path "${at}.files" (below + builtins.dirOf f.file); }
        // ownerOf "${at}.files.*.parentDirectory" f.parentDirectory
      )
      (
        s:
        builtins.filter (
          f: f ? parentDirectory && hasOwner f.parentDirectory && builtins.dirOf f.file != "."
        ) s.files
      );
  # The directories between a home and what is kept in it.
  betweenOf =
    store:
    lib.concatLists (
      lib.mapAttrsToList (
        name: user:
        map
          (below: {
            path = path "${store.option}.users.${name}" "${user.home}/${below}";
            user = name;
            group = userGroup name;
            mode = "0755";
          })
          (lib.concatMap above (
            map (d: d.directory) user.directories ++ map (f: f.file) user.files
          ))
      ) store.users
    );
  # "a/b/c": "a" and "a/b".
  above =
    p:
    let
      parts = builtins.filter (part: part != "") (lib.splitString "/" p);
    in
    lib.genList (i: lib.concatStringsSep "/" (lib.take (i + 1) parts)) (builtins.length parts - 1);
  # Homes in which something is kept: the mounts in them would leave them to root.
  homesOf =
    store:
    lib.mapAttrsToList
      (name: user: {
        path = path "environment.persistence.*.users.${name}.home" user.home;
        user = name;
        group = userGroup name;
        mode = "0700";
      })
      (lib.filterAttrs (_: user: user.directories != [ ] || user.files != [ ]) store.users);

  isBelow = directories: p: lib.any (d: lib.hasPrefix "${d.path}/" p) directories;
  isKept = directories: o: lib.any (d: d.path == o.path) directories;
  hasOwner = d: d.user != "root" || d.group != "root" || d.mode != "0755";
  quote = lib.escapeShellArg;

  placeOf = store: path store.placeOption store.persistentStoragePath;
  sets = lib.mapAttrsToList (place: same: rec {
    inherit place;
    directories = lib.concatMap directoriesOf same;
    files = builtins.filter (f: !isBelow directories f) (lib.concatMap filesOf same);
    # Directories that are made for what is kept in them, the outer ones first: homes, and others with an owner. Of those with the same
    # path the first counts.
    homes = builtins.filter (h: !isKept directories h) (lib.concatMap homesOf same);
    parents = lib.concatMap parentsOf same;
    owned = lib.sort (a: b: a.path < b.path) (
      lib.mapAttrsToList (_: builtins.head) (
        builtins.groupBy (o: o.path) (
          builtins.filter (o: !isKept directories o) (
            homes ++ parents ++ lib.concatMap betweenOf same
          )
        )
      )
    );
  }) (builtins.groupBy placeOf stores);

  mountUnit = p: "${utils.escapeSystemdPath "/sysroot${p}"}.mount";
  mounts = map (d: mountUnit d.path) (lib.concatMap (s: s.directories) sets);
  bring =
    s:
    "begin ${quote s.place}\n"
    + lib.concatMapStrings (
      o: "owned ${quote o.path}${lib.optionalString (isBelow s.directories o.path) " mounted"}\n"
    ) s.owned
    + lib.concatMapStrings (
      d: "directory ${quote d.path}${lib.optionalString (hasOwner d) " owned"}\n"
    ) s.directories
    + lib.concatMapStrings (f: "file ${quote f}\n") s.files
    + "end\n";
  own =
    s:
    let
      call =
        command: o: place:
        "${command} ${quote "${place}${o.path}"} ${quote o.user} ${quote o.group} ${quote o.mode}\n";
      isIn = list: o: lib.any (other: other.path == o.path) list;
      placeCommand =
        o: if isIn s.homes o then "ownHome" else if isIn s.parents o then "ownParent" else "own";
    in
    # Where both are the same directory, the first call is the one that counts.
    lib.concatMapStrings
      (o: call (placeCommand o) o "" + call "own" o s.place)
      s.owned
    + lib.concatMapStrings (d: call "own" d s.place) (builtins.filter hasOwner s.directories);
  paths = lib.concatMap (s: map (d: d.path) s.directories ++ s.files) sets;
in
{
  options.environment.persistence = mkOption {
    type = types.attrsOf store;
    default = { };
    example = {
      "/persist" = {
        directories = [ "/var" "/home" ];
        files = [ "/etc/machine-id" ];
      };
    };
    description =
      "What is kept when the rest of the system is new, by the mount point of the file system that keeps it. Without a file system of "
      + "its own (`bootflake.state.enable = false`), that is the data disk of the machine.";
  };

  options.bootflake.state = {
    stores = mkOption {
      type = types.listOf types.anything;
      default = [ ];
      internal = true;
      description = "What is kept, besides environment.persistence, in the same form.";
    };
    kept = mkOption {
      type = types.listOf types.anything;
      internal = true;
      readOnly = true;
      description = "The places of all that is kept: place, directories, files.";
    };
  };

  config = {
    bootflake.state.kept = map (s: {
      inherit (s) place files;
      directories = map (d: d.path) s.directories;
    }) sets;

    fileSystems = builtins.listToAttrs (
      lib.concatMap (
        s:
        map (
          d:
          lib.nameValuePair d.path {
            device = "${s.place}${d.path}";
            fsType = "none";
            options = [ "bind" ] ++ lib.optional d.hideMount "x-gvfs-hide";
            depends = [ s.place ];
            neededForBoot = true;
            noCheck = true;
          }
        ) s.directories
      ) sets
    );

    boot.initrd.systemd.services.bring-state = lib.mkIf (sets != [ ]) {
      description = "Bring What Is Kept to Its Places";
      requiredBy = mounts ++ [ "initrd-fs.target" ];
      before = mounts ++ [ "initrd-fs.target" "shutdown.target" ];
      conflicts = [ "shutdown.target" ];
      unitConfig = {
        DefaultDependencies = false;
        # What says which image a state has seen is in /nix.
        RequiresMountsFor = [ "/sysroot" "/sysroot/nix" ] ++ map (s: "/sysroot${s.place}") sets;
      };
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        TimeoutSec = 0;
        StandardOutput = "journal+console";
        StandardError = "journal+console";
      };
      script =
        lib.removePrefix "#!/bin/bash\n" (builtins.readFile ./bring-state.sh)
        + lib.concatMapStrings bring sets;
    };

    system.activationScripts = lib.mkIf (lib.any (s: own s != "") sets) {
      state = lib.stringAfter [ "users" "groups" ] (''
        # A directory without any permission was made by the initrd, which knows no names.
        made() { [ "$(stat -c '%a %u' "$1" 2>/dev/null)" = "0 0" ]; }
        own() {
          made "$1" || return 0
          chown "$2:$3" "$1" && chmod "$4" "$1"
        }
        # An image may have it with other permissions.
        ownParent() {
          [ -d "$1" ] && [ "$(stat -c %u "$1")" = 0 ] || return 0
          chown "$2:$3" "$1" && chmod "$4" "$1"
        }
        ownHome() {
          made "$1" || return 0
          for file in /etc/skel/.[!.]* /etc/skel/*; do
            [ -e "$file" ] && ! [ -e "$1/''${file##*/}" ] && ! [ -L "$1/''${file##*/}" ] || continue
            cp -RL "$file" "$1/" && chown -R "$2:$3" "$1/''${file##*/}"
          done
          own "$@"
        }
      '' + lib.concatMapStrings own sets);
    };

    assertions =
      map (p: {
        assertion = lib.count (other: other == p) paths == 1;
        message = "${p} is kept ${toString (lib.count (other: other == p) paths)} times. Remove all but one.";
      }) (lib.unique paths)
      ++ map (s: {
        assertion = config.fileSystems.${s.place}.neededForBoot or false;
        message =
          "environment.persistence.\"${s.place}\" is not on the machine's data disk (bootflake.state), so it needs a file system that is "
          + "mounted before the system starts: fileSystems.\"${s.place}\" = { device = ...; fsType = ...; neededForBoot = true; };";
      }) sets
      ++ map (p: {
        assertion =
          !(lib.elem p [
            "/"
            "/nix"
            "/nix/store"
            "/usr"
            "/etc"
            "/proc"
            "/sys"
            "/dev"
            "/run"
            "/boot"
          ]);
        message =
          "${p} cannot be kept apart from the system. Remove it from what is kept, and name what is in it.";
      }) (lib.unique paths);
  };
}
