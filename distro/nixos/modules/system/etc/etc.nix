# /etc: the configuration's files as one tree in the store, which activation links into place.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  inherit (import ../../../lib/formats { inherit lib; }) text;

  # The target becomes part of paths and of a line in a list.
  withPlainTarget =
    name: entry:
    entry
    // {
      target = text.relativePath {
        option = lib.showOption [ "environment" "etc" name "target" ];
        file = "/etc";
      } entry.target;
    };
  entries = lib.filter (entry: entry.enable) (
    lib.attrValues (lib.mapAttrs withPlainTarget config.environment.etc)
  );
  isLink = entry: lib.elem entry.mode [ "symlink" "direct-symlink" ];
  links = lib.filter isLink entries;
  copies = lib.filter (entry: !isLink entry) entries;

  # Texts are part of the tree itself: a derivation for each would cost more than the files do.
  content =
    entry: if entry.inline then { inherit (entry) text; } else { source = "${entry.source}"; };
  link =
    entry:
    { path = "etc/${entry.target}"; }
    // (if entry.inline then { inherit (entry) text; } else { target = "${entry.source}"; });

  copyLine =
    entry:
    let
      at = name: {
        option = lib.showOption [ "environment" "etc" entry.target name ];
        file = "the list of copies for /etc";
      };
    in
    "${
      text.restrict "[0-7]{1,4}" "anything but permission bits in octal" (at "mode") entry.mode
    } ${owner (at "user") entry.user}:${owner (at "group") entry.group} ${entry.target}\n";
  owner = text.restrict "[^[:space:][:cntrl:]:]+" "blanks, colons or line breaks, nor be empty";

  duplicates = lib.filter (targets: builtins.length targets > 1) (
    lib.attrValues (builtins.groupBy (entry: entry.target) entries)
  );

  entryType = types.submodule [
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the file is created in /etc.";
        };
        target = mkOption {
          type = types.str;
          description = "The file's path, relative to /etc. Defaults to the attribute's name.";
        };
        text = mkOption {
          type = types.nullOr types.lines;
          default = null;
          description = "The contents of the file, instead of `source`.";
        };
        source = mkOption {
          type = types.path;
          description =
            "The file whose contents it has: the entry is a link to it or, with a `mode`, a copy.";
        };
        mode = mkOption {
          type = types.str;
          default = "symlink";
          example = "0600";
          description =
            "The permission bits of the file, which is then a copy of `source`. `symlink` makes it a link instead.";
        };
        uid = mkOption {
          type = types.int;
          default = 0;
          description =
            "The user id of the owner. It has an effect only where `mode` makes the file a copy.";
        };
        gid = mkOption {
          type = types.int;
          default = 0;
          description =
            "The group id of the file. It has an effect only where `mode` makes the file a copy.";
        };
        user = mkOption {
          type = types.str;
          description = "The owner's name; takes precedence over `uid`.";
        };
        group = mkOption {
          type = types.str;
          description = "The group's name; takes precedence over `gid`.";
        };
        inline = mkOption {
          type = types.bool;
          internal = true;
          description = "Whether the text is the content, and no source is given.";
        };
      };
    }
    (
      {
        config,
        name,
        options,
        ...
      }:
      {
        target = lib.mkDefault name;
        user = lib.mkDefault "+${toString config.uid}";
        group = lib.mkDefault "+${toString config.gid}";
        # Of text and source the one with the higher priority counts.
        source = lib.mkIf (config.text != null) (
          lib.mkDerivedConfig options.text (pkgs.writeText "etc-${baseNameOf name}")
        );
        inline = lib.mkDefault (
          config.text != null
          && options.source.highestPrio == options.text.highestPrio
          && (
            builtins.length options.source.definitions == 1
            || throw (
              "${
                lib.showOption [ "environment" "etc" name ]
              } has both `text' and `source'. Remove one of them, or give the one that counts a higher priority (lib.mkForce)."
            )
          )
        );
      }
    )
  ];
in
{
  options.environment.etc = mkOption {
    type = types.attrsOf entryType;
    default = { };
    example = lib.literalExpression ''
      {
        "my-service.conf" = { text = "verbose = yes"; mode = "0440"; };
        hosts-file.source = ./hosts;
      }
    '';
    description = "Files in /etc, by their path below it.";
  };

  config = {
    assertions = map (same: {
      assertion = lib.all (
        entry:
        entry.inline == (lib.head same).inline
        && (
          if entry.inline then
            entry.text == (lib.head same).text
          else
            "${entry.source}" == "${(lib.head same).source}"
        )
      ) same;
      message =
        "environment.etc defines /etc/${
          (lib.head same).target
        } ${toString (builtins.length same)} times, with different contents. Remove all but one, or set their `enable = false'.";
    }) duplicates;

    system.build.etc = pkgs.builtinDerivation "tree" {
      name = "etc";
      entries =
        lib.attrValues (
          lib.mapAttrs (_: same: link (lib.head same)) (
            builtins.groupBy (entry: entry.target) links
          )
        )
        ++ map (entry: { path = "copies/${entry.target}"; } // content entry) copies
        # For the activation script: a line `MODE USER:GROUP PATH` for each copy.
        ++ [
          {
            path = "copies.list";
            text = lib.concatMapStrings copyLine copies;
          }
        ]
        ++ [
          {
            path = "etc";
            mode = "directory";
          }
        ];
    };

    # system/activation/programs update accounts and /etc. As on NixOS, links go through /etc/static; those to Debian's own configuration
    # files, which have lower precedence, go through /run/current-system. A boot that changes nothing starts no process here.
    system.activationScripts.etc = lib.stringAfter [ "specialfs" ] ''
      # /var may be of a disk of its own, and /etc of a new image. A switch may go on where another one was interrupted.
      lastSystem=
      if [ -z "''${NIXOS_ACTION-}" ] && [ /etc/static -ef ${config.system.build.etc}/etc ] && [ -e /var/lib/bootflake/etc-entries ]; then
        read -r lastSystem < /var/lib/bootflake/etc-entries
      fi
      ${
        lib.optionalString config.users.mutableUsers "[ \"$lastSystem\" = \"$systemConfig\" ] || "
      }perl ${../activation/programs}/activate.pl "$systemConfig" ${config.system.build.etc}
    '';
  };
}
