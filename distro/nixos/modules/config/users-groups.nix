# Users and groups. The declared accounts are written to a list in the system (users.spec); activation then updates /etc/passwd,
# /etc/shadow and /etc/group from it.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:

let
  inherit (lib) mkOption optional types;
  inherit (utils) toShellPath;

  cfg = config.users;
  ids = config.ids;
  inherit (import ../../lib/formats { inherit lib; }) accounts text;

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
          type = types.int;
          description = "The first id.";
        };
        count = mkOption {
          type = types.int;
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
      type = types.nullOr types.str;
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

  users = builtins.filter (u: u.enable) (lib.attrValues cfg.users);
  groups = lib.attrValues cfg.groups;
  userNames = builtins.listToAttrs (
    map (u: {
      inherit (u) name;
      value = u;
    }) users
  );
  groupNames = builtins.listToAttrs (
    map (g: {
      inherit (g) name;
      value = g;
    }) groups
  );

  # Ids by name. Fixed ones stay; the others are free numbers, in the order of the names: people's count up from 1000, services' down
  # from 999.
  allocate =
    {
      fixed,
      people,
      services,
    }:
    let
      taken = builtins.listToAttrs (
        map (id: {
          name = toString id;
          value = true;
        }) (lib.attrValues fixed)
      );
      step =
        direction: start: names: state:
        let
          place =
            s: name:
            let
              next = id: if s.taken ? ${toString id} then next (id + direction) else id;
              id = next s.at;
            in
            {
              ids = s.ids // { ${name} = id; };
              taken = s.taken // { ${toString id} = true; };
              at = id + direction;
            };
        in
        builtins.foldl' place (state // { at = start; }) names;
      first = step 1 1000 people {
        ids = fixed;
        inherit taken;
      };
    in
    (step (-1) 999 services first).ids;

  fixedUid = u: if u.uid != null then u.uid else ids.uids.${u.name} or null;
  fixedGid = g: if g.gid != null then g.gid else ids.gids.${g.name} or null;

  fixedIds =
    idOf: list:
    builtins.listToAttrs (
      map (x: {
        inherit (x) name;
        value = idOf x;
      }) (builtins.filter (x: idOf x != null) list)
    );
  withoutId = idOf: list: map (x: x.name) (builtins.filter (x: idOf x == null) list);

  uids = allocate {
    fixed = fixedIds fixedUid users;
    people = withoutId fixedUid (builtins.filter (u: u.isNormalUser) users);
    services = withoutId fixedUid (builtins.filter (u: !u.isNormalUser) users);
  };
  gids = allocate {
    fixed = fixedIds fixedGid groups;
    people = [ ];
    services = withoutId fixedGid groups;
  };

  # group -> the users that name it in extraGroups; one pass over the users.
  extraMembers = builtins.zipAttrsWith (_: names: names) (
    builtins.concatMap (u: map (g: { ${g} = u.name; }) u.extraGroups) users
  );
  membersOf = g: lib.unique (g.members ++ extraMembers.${g.name} or [ ]);

  # A date as the number of days since 1970, as in shadow(5). Years begin in March, so that the leap day comes last.
  daysOf =
    date:
    let
      part = builtins.match "0*([0-9]+)-0*([0-9]+)-0*([0-9]+)" date;
      number = i: lib.toInt (builtins.elemAt part i);
      m = number 1;
      y = if m <= 2 then number 0 - 1 else number 0;
      era = y / 400;
      yearOfEra = y - era * 400;
      dayOfYear = (153 * (if m > 2 then m - 3 else m + 9) + 2) / 5 + number 2 - 1;
    in
    era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;

  # The shell as an entry of /etc/shells.
  listedShell =
    u:
    let
      option =
        if u.shell == cfg.defaultUserShell then
          "users.defaultUserShell"
        else
          lib.showOption [ "users" "users" u.name "shell" ];
    in
    text.uncommentedWord {
      inherit option;
      file = "/etc/shells";
    } (toShellPath u.shell);

  # The elements as text, or null for none.
  joined = list: if list == [ ] then null else lib.concatStringsSep " " list;
  ranges = start: list: joined (map (r: "${toString r.${start}}:${toString r.count}") list);
  when = condition: value: if condition then value else null;

  userSpec =
    u:
    accounts.user u.name {
      id = uids.${u.name};
      auto = if fixedUid u == null then 1 else 0;
      inherit (u)
        group
        home
        password
        hashedPassword
        hashedPasswordFile
        initialPassword
        initialHashedPassword
        ;
      description = when (u.description != "") u.description;
      shell = if u.shell == null then "/usr/sbin/nologin" else toShellPath u.shell;
      expires = if u.expires == null then null else daysOf u.expires;
      createHome = when u.createHome 1;
      homeMode = when u.createHome u.homeMode;
      autoSubIds =
        when
          (
            u.autoSubUidGidRange
            || (u.isNormalUser && u.subUidRanges == [ ] && u.subGidRanges == [ ])
          )
          1;
      subUids = ranges "startUid" u.subUidRanges;
      subGids = ranges "startGid" u.subGidRanges;
    };

  groupSpec =
    g:
    accounts.group g.name {
      id = gids.${g.name};
      auto = if fixedGid g == null then 1 else 0;
      members =
        let
          names = membersOf g;
        in
        if names == [ ] then null else names;
    };

  spec =
    " mutable ${if cfg.mutableUsers then "1" else "0"}\n"
    + lib.concatMapStrings groupSpec groups
    + lib.concatMapStrings userSpec users;

  passwordsOf =
    u:
    builtins.filter (name: u.${name} != null) [
      "password"
      "hashedPassword"
      "hashedPasswordFile"
      "initialPassword"
      "initialHashedPassword"
    ];

  duplicateIds =
    what: option: fixed:
    lib.mapAttrsToList
      (id: names: {
        assertion = false;
        message =
          "${lib.concatStringsSep " and " names} have the same ${what} id ${id}. Give one of them "
          + "another ${option}, or set users.enforceIdUniqueness = false.";
      })
      (lib.filterAttrs (_: names: builtins.length names > 1) (
        builtins.groupBy (name: toString fixed.${name}) (lib.attrNames fixed)
      ));

  # Shells that read files in /etc which their module writes. Without it they lack PATH and the other variables.
  shellsWithModule = [ "fish" "zsh" ];
  shellName =
    shell:
    if shell == null then
      ""
    else if lib.isDerivation shell then
      lib.getName shell
    else
      baseNameOf (toString shell);
  lacksModule =
    u:
    !u.ignoreShellProgramCheck
    && lib.elem (shellName u.shell) shellsWithModule
    && !config.programs.${shellName u.shell}.enable;

  userAssertions =
    u:
    [
      {
        assertion = !lacksModule u;
        message =
          let
            shell = shellName u.shell;
          in
          "users.users.${u.name}.shell is ${shell}, but programs.${shell}.enable is not set. Without it that shell lacks the system's PATH "
          + "and variables${
            lib.optionalString (!lib.isDerivation u.shell) ", and is not installed"
          }. Set programs.${shell}.enable = true; or, "
          + "if that is meant, users.users.${u.name}.ignoreShellProgramCheck = true;";
      }
      {
        assertion = u.isSystemUser != u.isNormalUser;
        message = "Exactly one of users.users.${u.name}.isSystemUser and users.users.${u.name}.isNormalUser must be set${
          if u.isSystemUser then "; both are" else ""
        }.";
      }
      {
        assertion = u.group != "";
        message =
          "users.users.${u.name}.group is unset. Declare a group and name it, for instance: "
          + "users.users.${u.name}.group = \"${u.name}\"; users.groups.${u.name} = { };";
      }
      {
        assertion = u.group == "" || groupNames ? ${u.group};
        message =
          "users.users.${u.name}.group is \"${u.group}\", but there is no such group. Declare it: users.groups.${u.group} = { };";
      }
      {
        assertion =
          builtins.length (builtins.filter (n: lib.hasPrefix "initial" n) (passwordsOf u)) <= 1;
        message =
          "users.users.${u.name} has both initialPassword and initialHashedPassword: set one of them.";
      }
      {
        assertion = u.cryptHomeLuks == null;
        message = "users.users.${u.name}.cryptHomeLuks is not available.";
      }
    ]
    ++ lib.optionals (cfg.mutableUsers == false) (
      map (g: {
        assertion = groupNames ? ${g};
        message =
          "users.users.${u.name}.extraGroups names \"${g}\", but there is no such group. Declare it: users.groups.${g} = { };";
      }) u.extraGroups
    );

  # With mutable users, a package or an administrator may create the group later: an unknown one is only a warning.
  unknownGroups = lib.concatMap (
    u:
    map (
      g:
      "users.users.${u.name}.extraGroups names \"${g}\", but no such group is declared; it is left out."
    ) (builtins.filter (g: !(groupNames ? ${g})) u.extraGroups)
  ) users;

  canLogIn = lib.any (
    u:
    (
      u.name == "root"
      || lib.elem "wheel" u.extraGroups
      || lib.elem u.name (groupNames.wheel.members or [ ])
    )
    && (
      passwordsOf u != [ ]
      || u.openssh.authorizedKeys.keys or [ ] != [ ]
      || u.openssh.authorizedKeys.keyFiles or [ ] != [ ]
    )
  ) users;
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
      type = types.attrsOf (types.submodule [ userOptions userDefaults normalUserDefaults ]);
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
    users.groups = builtins.mapAttrs (_: _: { }) (removeAttrs ids.gids [ "polkitd" ]);

    system.build.usersSpec = spec;
    system.systemBuilderArgs."users.spec" = { text = spec; };

    # The work is done together with /etc's, see system/etc/etc.nix; with immutable users, at every boot.
    system.activationScripts.users = lib.stringAfter [ "etc" ] "";
    system.activationScripts.groups = lib.stringAfter [ "users" ] "";

    systemd.tmpfiles.rules = map (u: "f /var/lib/systemd/linger/${u.name} 0644 root root") (
      builtins.filter (u: u.linger) users
    );

    environment.systemPackages = lib.concatMap (u: u.packages) users;
    environment.shells = lib.unique (
      map listedShell (
        builtins.filter (
          u: u.shell != null && u.shell != "/usr/sbin/nologin" && u.shell != "/bin/sync"
        ) users
      )
    );

    environment.etc.motd = lib.mkIf (cfg.motd != null && cfg.motd != "") { text = cfg.motd; };

    warnings =
      unknownGroups
      ++ lib.concatMap (
        u:
        optional
          (builtins.length (builtins.filter (n: !lib.hasPrefix "initial" n) (passwordsOf u)) > 1)
          "users.users.${u.name} has ${
            lib.concatStringsSep " and " (passwordsOf u)
          }; the first of hashedPasswordFile, password, hashedPassword counts."
      ) users;

    assertions =
      lib.concatMap userAssertions users
      ++ lib.optionals cfg.enforceIdUniqueness (
        duplicateIds "user" "users.users.<name>.uid" (fixedIds fixedUid users)
        ++ duplicateIds "group" "users.groups.<name>.gid" (fixedIds fixedGid groups)
      )
      ++ [
        {
          assertion = cfg.mutableUsers || cfg.allowNoPasswordLogin || canLogIn;
          message =
            "Neither root nor any member of wheel has a password or an SSH key, and users.mutableUsers is off, so no user could "
            + "administer this machine. Give one of them a password or a key, or set users.allowNoPasswordLogin = true.";
        }
      ];
  };
}
