# Users and groups: the options, and Debian's system accounts. users-spec.nix writes the accounts to the system, and
# users-checks.nix checks them.
{ config, lib, ... }:

let
  lineTypes = import ../../lib/line-types.nix { inherit lib; };
  inherit (lib) mkOption types;
  cfg = config.users;

  passwordOption =
    description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit description;
    };

  nameType = types.strMatching "[a-zA-Z0-9_][a-zA-Z0-9_.-]*[$]?" // {
    description = "account name: letters, digits, `_', `.' and `-'";
  };

  rangeType =
    start:
    types.submodule {
      options = {
        ${start} = mkOption {
          type = types.ints.u32;
          description = "The first id.";
        };
        count = mkOption {
          type = types.ints.positive;
          default = 1;
          description = "The number of ids in the range.";
        };
      };
    };

  userOptions.options = {
    name = mkOption {
      type = nameType;
      description = "The account's name. Defaults to the attribute's name.";
    };
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the account is created.";
    };
    description = mkOption {
      type = types.passwdEntry types.str;
      default = "";
      example = "Alice Q. User";
      description = "The user's full name, as login screens and mail programs show it.";
    };
    uid = mkOption {
      type = types.nullOr types.int;
      default = null;
      description =
        "The user id. If null, one is chosen: from 1000 for people, below 1000 for services.";
    };
    isSystemUser = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether this is an account of a service. Exactly one of this and `isNormalUser` must be set.";
    };
    isNormalUser = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether this is a person's account: a home in /home, the group `users`, a login shell.";
    };
    group = mkOption {
      type = types.str;
      default = "";
      description = "The user's primary group, which owns the files that the user creates.";
    };
    extraGroups = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "wheel" ];
      description = "Further groups. Members of `wheel` may use sudo.";
    };
    home = mkOption {
      type = types.passwdEntry types.path;
      default = "/var/empty";
      description = "The home directory of the user.";
    };
    homeMode = mkOption {
      type = types.strMatching "[0-7]{1,5}";
      default = "700";
      description = "Permission bits of the home directory, in octal, given when it is made.";
    };
    createHome = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the home directory is created when it does not exist.";
    };
    shell = mkOption {
      type = types.nullOr (types.either types.shellPackage (types.passwdEntry types.path));
      default = "/usr/sbin/nologin";
      example = lib.literalExpression "pkgs.zsh";
      description = "The login shell: a package of a shell, or the path of a program.";
    };
    useDefaultShell = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the login shell is `users.defaultUserShell`.";
    };
    ignoreShellProgramCheck = mkOption {
      type = types.bool;
      default = false;
      description = "Whether a shell that needs a module, such as zsh, is accepted without it.";
    };
    cryptHomeLuks = mkOption {
      type = types.nullOr types.str;
      default = null;
      visible = false;
      description = "Not available: home directories cannot be encrypted.";
    };
    linger = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether the user's service manager starts at boot, instead of at the first login.";
    };
    autoSubUidGidRange = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether to set 65,536 subordinate user and group ids aside for the user's containers. Normal users without "
        + "ranges of their own always have them.";
    };
    subUidRanges = mkOption {
      type = types.listOf (rangeType "startUid");
      default = [ ];
      description =
        "Ranges of user ids that the user may give away in user namespaces, as rootless containers do.";
    };
    subGidRanges = mkOption {
      type = types.listOf (rangeType "startGid");
      default = [ ];
      description =
        "Ranges of group ids that the user may give away in user namespaces, as rootless containers do.";
    };
    expires = mkOption {
      type = types.nullOr (types.strMatching "[0-9]{4}-[0-9]{2}-[0-9]{2}");
      default = null;
      example = "2030-12-31";
      description = "The date (YYYY-MM-DD) from which the account is locked. If null, never.";
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description =
        "Packages to install for this user. All users get them, as Debian's packages are installed in one place.";
    };
    password = passwordOption (
      "The password in plain text. Everyone can read it in the image's store, so use it only on machines without "
      + "secrets. With `users.mutableUsers` it is only the initial password."
    );
    hashedPassword = passwordOption (
      "The hash of the password, as `mkpasswd` prints it. Everyone can read it in the image's store, unlike that in "
      + "`hashedPasswordFile`. With `users.mutableUsers` it is only that of the initial password."
    );
    hashedPasswordFile = mkOption {
      type = types.nullOr lineTypes.machineFile;
      default = null;
      example = "/var/lib/secrets/alice.passwd";
      description =
        "A file on the machine whose first line is the hash of the password. It is read at activation.";
    };
    initialPassword =
      passwordOption "Like `password`, but always used only when the account is created.";
    initialHashedPassword =
      passwordOption "Like `hashedPassword`, but always used only when the account is created.";
  };

  userDefaults =
    { name, config, ... }:
    {
      name = lib.mkDefault name;
      group = lib.mkIf (!cfg.kindIsRequired && !config.isNormalUser) (
        lib.mkOverride 1400 "nogroup"
      );
      shell = lib.mkIf config.useDefaultShell (lib.mkDefault cfg.defaultUserShell);
    };

  # Apart from userDefaults, so that the condition does not need to be evaluated for the other defaults.
  normalUserDefaults =
    { config, ... }:
    lib.mkIf config.isNormalUser {
      group = lib.mkDefault "users";
      createHome = lib.mkDefault true;
      home = lib.mkDefault "/home/${config.name}";
      homeMode = lib.mkDefault "700";
      useDefaultShell = lib.mkDefault true;
    };

  groupOptions.options = {
    name = mkOption {
      type = nameType;
      description = "The group's name. Defaults to the attribute's name.";
    };
    gid = mkOption {
      type = types.nullOr types.int;
      default = null;
      description = "The group id. If null, one below 1000 is chosen.";
    };
    members = mkOption {
      type = types.listOf nameType;
      default = [ ];
      description =
        "The users that are members, in addition to those whose `extraGroups` name the group.";
    };
  };
  groupDefaults = { name, ... }: { name = lib.mkDefault name; };
in
{
  imports = [
    (lib.mkAliasOptionModule [ "users" "extraUsers" ] [ "users" "users" ])
    (lib.mkAliasOptionModule [ "users" "extraGroups" ] [ "users" "groups" ])
    (lib.mkRenamedOptionModule
      [ "security" "initialRootPassword" ]
      [ "users" "users" "root" "initialHashedPassword" ]
    )
  ];

  options.users = {
    users = mkOption {
      type = types.attrsOf (
        types.submodule [
          userOptions
          userDefaults
          normalUserDefaults
          (lib.mkAliasOptionModule [ "passwordFile" ] [ "hashedPasswordFile" ])
        ]
      );
      default = { };
      example = {
        alice = {
          isNormalUser = true;
          extraGroups = [ "wheel" ];
        };
      };
      description = "User accounts, by their login names.";
    };

    groups = mkOption {
      type = types.attrsOf (types.submodule [ groupOptions groupDefaults ]);
      default = { };
      example = { students.gid = 1001; };
      description = "Groups of users, by name.";
    };

    mutableUsers = mkOption {
      type = types.bool;
      default = true;
      description =
        "Whether useradd, passwd and the like may create and change accounts. If not, every boot resets the accounts to "
        + "what is declared.";
    };

    enforceIdUniqueness = mkOption {
      type = types.bool;
      default = true;
      description = "Whether two accounts with the same id are an error.";
    };

    defaultUserShell = mkOption {
      type = types.either types.shellPackage (types.passwdEntry types.path);
      default = "/bin/bash";
      example = lib.literalExpression "pkgs.zsh";
      description = "The login shell of root and of normal users that have none of their own.";
    };

    kindIsRequired = mkOption {
      type = types.bool;
      default = true;
      internal = true;
      description =
        "Whether each account must say if it is a person's or a service's. Modules of NixOS before 21.11 do not: what is neither is a "
        + "service's, in the group `nogroup` if it names none.";
    };

    allowNoPasswordLogin = mkOption {
      type = types.bool;
      default = false;
      description =
        "Whether to allow a system that no user can administer, with `users.mutableUsers` off.";
    };

    motd = mkOption {
      type = types.nullOr types.lines;
      default = "To change this machine, edit its flake's configuration.nix and build it again.\n";
      example = "Today is Sweetmorn, the 4th day of The Aftermath.\n";
      description = "A message that is shown after login; null or empty for none.";
    };
  };

  config = {
    users.users =
      let
        debian = home: group: {
          isSystemUser = true;
          inherit group home;
        };
      in
      {
        root = {
          description = "System administrator";
          home = "/root";
          shell = lib.mkDefault cfg.defaultUserShell;
          group = "root";
          isSystemUser = true;
        };
        daemon = debian "/usr/sbin" "daemon";
        bin = debian "/bin" "bin";
        sys = debian "/dev" "sys";
        sync = debian "/bin" "nogroup" // { shell = "/bin/sync"; };
        games = debian "/usr/games" "games";
        man = debian "/var/cache/man" "man";
        lp = debian "/var/spool/lpd" "lp";
        mail = debian "/var/mail" "mail";
        news = debian "/var/spool/news" "news";
        uucp = debian "/var/spool/uucp" "uucp";
        proxy = debian "/bin" "proxy";
        www-data = debian "/var/www" "www-data";
        backup = debian "/var/backups" "backup";
        list = debian "/var/list" "list";
        irc = debian "/run/ircd" "irc";
        _apt = debian "/nonexistent" "nogroup";
        nobody = debian "/nonexistent" "nogroup" // {
          description = "Unprivileged account (don't use!)";
        };
        messagebus = debian "/nonexistent" "messagebus";
        systemd-network = debian "/" "systemd-network";
        systemd-resolve = debian "/" "systemd-resolve";
        systemd-timesync = debian "/" "systemd-timesync";
      };

    # All of Debian's groups, as files of any package may belong to them, and those in systemd's rules.
    users.groups = builtins.mapAttrs (_: _: { }) (
      removeAttrs (import ../../lib/debian-ids.nix).gids [ "mysql" "polkitd" "postgres" ]
    );
  };
}
