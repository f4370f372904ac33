# Programs that run with more rights than their callers: copies in /run/wrappers/bin with owners, setuid bits and capabilities, which
# files of the store cannot have. Debian's own setuid programs have their bits in /usr, and are only linked there.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  inherit (lib) mkOption types;
  cfg = config.security;
  wrappers = lib.filterAttrs (_: wrapper: wrapper.enable) cfg.wrappers;
  inherit (import ../../../lib/formats { inherit lib; }) shell text;

  fileMode =
    types.strMatching "[-+=]?[0-7]{1,4}|[ugoa]*([-+=][rwxXst]*)+(,[ugoa]*([-+=][rwxXst]*)+)*"
    // {
      description = "file mode, as for chmod";
    };

  wrapperType = types.submodule (
    { name, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the wrapper is made.";
        };
        source = mkOption {
          type = types.path;
          description = "The program, by its absolute path.";
        };
        program = mkOption {
          type = types.nullOr types.str;
          default = name;
          description = "The wrapper's file name. Defaults to the attribute's name.";
        };
        owner = mkOption {
          type = types.str;
          description = "The user that owns the wrapper.";
        };
        group = mkOption {
          type = types.str;
          description = "The group of the wrapper.";
        };
        permissions = mkOption {
          type = fileMode;
          default = "u+rx,g+x,o+x";
          example = "a+rx";
          description = "The permission bits of the wrapper, as chmod reads them.";
        };
        capabilities = mkOption {
          type = types.commas;
          default = "";
          example = "cap_net_raw+ep";
          description = "The capabilities of the wrapper, in the notation of cap_from_text(3).";
        };
        setuid = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the program runs as the wrapper's owner (setuid).";
        };
        setgid = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the program runs with the wrapper's group (setgid).";
        };
      };
    }
  );

  # Debian's own, which modules look for among the wrappers: linked, where nothing of that name is wrapped and the program is there.
  ofDebian = lib.subtractLists (map (w: w.program) (lib.attrValues wrappers)) [
    "chsh"
    "dbus-daemon-launch-helper"
    "fusermount3"
    "mount"
    "newgrp"
    "passwd"
    "ping"
    "pkexec"
    "polkit-agent-helper-1"
    "sendmail"
    "sg"
    "su"
    "sudo"
    "sudoedit"
    "umount"
    "unix_chkpwd"
  ];

  # NixOS's wrapper raises what is permitted before it starts the program, which need not know of capabilities: the same for a copy of the
  # program is the bit that makes them effective.
  effective =
    capabilities:
    let
      clause =
        words:
        let
          flags = builtins.match ".*[-+=]([eip]*)" words;
          has = letter: flags != null && lib.hasInfix letter (lib.head flags);
        in
        if has "p" && !has "e" then "${words}e" else words;
    in
    lib.concatMapStringsSep " " clause (
      lib.filter (words: words != "") (lib.splitString " " capabilities)
    );

  # One wrapper. It gets its rights last.
  make =
    name: w:
    let
      at = attribute: {
        option = lib.showOption [ "security" "wrappers" name attribute ];
        file = "the script that makes wrappers";
      };
      quoted =
        check: attribute: "'${shell.inSingleQuotes (check (at attribute) "${w.${attribute}}")}'";
      account =
        text.restrict
          "[a-zA-Z0-9_][a-zA-Z0-9_.-]*[$]?"
          "anything but letters, digits, `_', `.' and `-'";
      bit = letter: on: "${letter}${if on then "+" else "-"}s";
      bits = lib.optionalString (w.capabilities == "") "${bit "u" w.setuid},${bit "g" w.setgid},";
    in
    "wrap ${quoted text.fileName "program"} ${quoted text.line "source"} "
    + "${
      quoted account "owner"
    } ${quoted account "group"} '${bits}${w.permissions}' ${quoted (at: value: effective (text.line at value)) "capabilities"}\n";
in
{
  options.security = {
    enableWrappers = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the wrappers of `security.wrappers` are made.";
    };
    wrappers = mkOption {
      type = types.attrsOf wrapperType;
      default = { };
      example = lib.literalExpression ''
        {
          dumpcap = {
            owner = "root";
            group = "wireshark";
            capabilities = "cap_net_raw,cap_net_admin+eip";
            source = "/usr/bin/dumpcap";
          };
        }
      '';
      description =
        "Programs with a setuid or setgid bit, capabilities or another owner, by name. Each is a copy of the program in "
        + "/run/wrappers/bin, which stands first in PATH. Debian's packages bring those of their own programs.";
    };
    wrapperDir = mkOption {
      type = types.path;
      default = "/run/wrappers/bin";
      readOnly = true;
      internal = true;
      description = "The directory of the wrappers.";
    };
    wrapperDirSize = mkOption {
      type = types.str;
      default = "50%";
      example = "1G";
      description =
        "The largest size of the file system of the wrappers, which lies in memory, as for tmpfs(5).";
    };
  };

  config = lib.mkIf (cfg.enableWrappers && wrappers != { }) {
    assertions =
      import ../../../lib/unique-names.nix { inherit lib; } "wrappers" (
        lib.mapAttrsToList (name: w: {
          name = w.program;
          option = lib.showOption [ "security" "wrappers" name "program" ];
        }) wrappers
      )
      ++ lib.mapAttrsToList (name: w: {
        assertion = !(w.setuid || w.setgid) || w.capabilities == "";
        message = "${lib.showOption [ "security" "wrappers" name ]} has both a setuid or setgid bit and capabilities. Remove one of them.";
      }) wrappers;

    environment.systemPackages =
      lib.optional
        (lib.any (w: w.capabilities != "") (lib.attrValues wrappers))
        pkgs.debianPackages.libcap2-bin;
    environment.extraInit = "export PATH=\"${cfg.wrapperDir}:$PATH\"\n";

    systemd.mounts = [
      {
        where = "/run/wrappers";
        what = "tmpfs";
        type = "tmpfs";
        options = "nodev,mode=0755,size=${cfg.wrapperDirSize}";
      }
    ];
    systemd.services.suid-sgid-wrappers = {
      description = "Programs with setuid bits and capabilities";
      wantedBy = [ "sysinit.target" ];
      before = [ "sysinit.target" "shutdown.target" ];
      conflicts = [ "shutdown.target" ];
      after = [ "local-fs.target" ];
      unitConfig = {
        DefaultDependencies = false;
        RequiresMountsFor = [ "/run/wrappers" ];
      };
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script =
        builtins.readFile ./make-wrappers.sh
        + lib.concatStrings (lib.mapAttrsToList make wrappers)
        + "link ${lib.concatStringsSep " " ofDebian}\nfinish\n";
    };
  };
}
