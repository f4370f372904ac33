# The accounts of users and groups as a list in the system (users.spec), from which activation updates /etc/passwd, /etc/shadow and
# /etc/group; and the checks of the accounts.
{
  config,
  lib,
  utils,
  ...
}:

let
  inherit (lib) optional;
  inherit (utils) toShellPath;

  cfg = config.users;
  ids = config.ids;
  inherit (import ../../lib/formats { inherit lib; }) accounts text;
  uniqueNames = import ../../lib/unique-names.nix { inherit lib; };
  # The names of users or groups that count, with the options that give them.
  namesOf =
    kind:
    lib.mapAttrsToList (attribute: it: {
      inherit (it) name;
      option = lib.showOption [ "users" kind attribute "name" ];
    }) (lib.filterAttrs (_: it: it.enable or true) cfg.${kind});

  users = builtins.filter (u: u.enable) (lib.attrValues cfg.users);
  groups = lib.attrValues cfg.groups;
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
    moreMembers: g:
    accounts.group g.name {
      id = gids.${g.name};
      auto = if fixedGid g == null then 1 else 0;
      members =
        let
          names = lib.unique (membersOf g ++ moreMembers.${g.name} or [ ]);
        in
        if names == [ ] then null else names;
    };

  heading = " mutable ${if cfg.mutableUsers then "1" else "0"}\n";
  usersText = lib.concatMapStrings userSpec users;
  spec = heading + lib.concatMapStrings (groupSpec { }) groups + usersText;

  # The declared accounts and those of packages, which follow from what the declared ones refer to, among others.
  packages = cfg.ofPackages;
  isKnownGroup = name: groupNames ? ${name} || lib.elem name packages.groups;
  wholeSpec =
    if packages.groups == [ ] && packages.users == { } then
      spec
    else
      let
        # A declared account has the number, whatever the table says.
        wishes =
          table: taken:
          lib.filterAttrs (_: id: !(lib.elem id (lib.attrValues taken))) (
            builtins.intersectAttrs (lib.genAttrs ours (_: true)) table
          );
        ours = lib.unique (packages.groups ++ lib.attrNames packages.users);
        place =
          names: table: taken:
          allocate {
            fixed = taken // wishes table taken;
            people = [ ];
            services = builtins.filter (name: !(wishes table taken ? ${name})) names;
          };
        packageUids = place (lib.attrNames packages.users) ids.uids uids;
        packageGids = place packages.groups ids.gids gids;
        moreMembers = builtins.zipAttrsWith (_: names: names) (
          lib.concatLists (
            lib.mapAttrsToList (name: u: map (g: { ${g} = name; }) (u.groups or [ ])) packages.users
          )
        );
      in
      heading
      + lib.concatMapStrings (groupSpec moreMembers) groups
      + lib.concatMapStrings (
        name:
        accounts.group name {
          id = packageGids.${name};
          auto = 1;
          members = when (moreMembers ? ${name} || extraMembers ? ${name}) (
            lib.unique (extraMembers.${name} or [ ] ++ moreMembers.${name} or [ ])
          );
        }
      ) packages.groups
      + usersText
      + lib.concatStrings (
        lib.mapAttrsToList (
          name: u:
          accounts.user name {
            id = packageUids.${name};
            auto = 1;
            group = u.group or "nogroup";
            home = u.home or "/nonexistent";
            shell = u.shell or "/usr/sbin/nologin";
            description = u.description or null;
          }
        ) packages.users
      );

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
          "${option} is ${id} for ${lib.concatStringsSep " and " names}, but ${what} ids must be unique. Change one of them, or set "
          + "users.enforceIdUniqueness = false.";
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
      builtins.unsafeDiscardStringContext (baseNameOf (toString shell));
  lacksModule =
    u:
    !u.ignoreShellProgramCheck
    && lib.elem (shellName u.shell) shellsWithModule
    && !config.programs.${shellName u.shell}.enable;

  # YYYY-MM-DD, of a day that exists in some year.
  isDate =
    date:
    let
      part = n: lib.toIntBase10 (builtins.elemAt (lib.splitString "-" date) n);
      month = part 1;
      days = {
        "2" = 29;
        "4" = 30;
        "6" = 30;
        "9" = 30;
        "11" = 30;
      };
    in
    month >= 1 && month <= 12 && part 2 >= 1 && part 2 <= days.${toString month} or 31;

  # crypt(5): what a hash looks like, `!` and `*` before or in place of one, and no password at all.
  isHash =
    hash: builtins.match "[!*]*|[!]*([$][0-9a-zA-Z-]+[$].*|_?[./0-9A-Za-z]{13,})" hash != null;
  wrongHashes = lib.concatMap (
    u:
    map
      (
        name:
        "users.users.${u.name}.${name} is not the hash of a password: it is what no password has. `mkpasswd` prints one."
      )
      (builtins.filter (name: u.${name} != null && !isHash u.${name}) [
        "hashedPassword"
        "initialHashedPassword"
      ])
  ) users;

  userAssertions =
    u:
    [
      {
        assertion = !lacksModule u;
        message =
          let
            shell = shellName u.shell;
          in
          "users.users.${u.name}.shell is ${shell}, but programs.${shell}.enable is not set. Without it, the shell lacks the system's PATH "
          + "and variables${
            lib.optionalString (!lib.isDerivation u.shell) ", and is not installed"
          }. Set programs.${shell}.enable = true; or, "
          + "if that is meant, users.users.${u.name}.ignoreShellProgramCheck = true;";
      }
      {
        assertion =
          (u.isSystemUser || u.uid != null && u.uid < 1000) != u.isNormalUser
          || !cfg.kindIsRequired && !u.isSystemUser;
        message =
          if u.isNormalUser && !u.isSystemUser then
            "users.users.${u.name} has isNormalUser, and its uid, ${toString u.uid}, is one of services. Give it one from 1000 on."
          else
            "users.users.${u.name} has ${
              if u.isSystemUser then "both isSystemUser and" else "neither isSystemUser nor"
            } isNormalUser. Set exactly one: isNormalUser for a person's account, isSystemUser for a service's.";
      }
      {
        assertion = u.uid == null || u.uid >= 0 && u.uid < 4294967295;
        message =
          "users.users.${u.name}.uid is ${toString u.uid}, which is no user id: they go from 0 to 4294967294.";
      }
      {
        assertion = u.expires == null || isDate u.expires;
        message = "users.users.${u.name}.expires is ${u.expires}, and there is no such day.";
      }
      {
        assertion = u.group != "";
        message =
          "users.users.${u.name}.group is not set. Declare a group and name it, for instance: "
          + "users.users.${u.name}.group = \"${u.name}\"; users.groups.${u.name} = { };";
      }
      {
        assertion = u.group == "" || isKnownGroup u.group;
        message =
          "users.users.${u.name}.group is \"${u.group}\", but there is no such group. Declare it: users.groups.${u.group} = { };";
      }
      {
        assertion =
          builtins.length (builtins.filter (n: lib.hasPrefix "initial" n) (passwordsOf u)) <= 1;
        message =
          "users.users.${u.name} has both initialPassword and initialHashedPassword. Set only one of them.";
      }
      {
        assertion = u.cryptHomeLuks == null;
        message =
          "users.users.${u.name}.cryptHomeLuks is not available: home directories cannot be encrypted. Remove the setting.";
      }
    ]
    ++ lib.optionals (cfg.mutableUsers == false) (
      map (g: {
        assertion = isKnownGroup g;
        message =
          "users.users.${u.name}.extraGroups names \"${g}\", but there is no such group. Declare it: users.groups.${g} = { };";
      }) u.extraGroups
    );

  # With mutable users, a package or an administrator may create the group later: an unknown one is only a warning.
  unknownGroups = lib.concatMap (
    u:
    map (
      g:
      "users.users.${u.name}.extraGroups names \"${g}\", but there is no such group: it is ignored. Declare it: users.groups.${g} = { };"
    ) (builtins.filter (g: !(isKnownGroup g)) u.extraGroups)
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
  config = {
    system.build.usersSpec = spec;
    system.systemBuilderArgs."users.spec" = { text = wholeSpec; };

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

    # For accounts that are added on the machine.
    environment.etc."default/useradd".text = "SHELL=${
      text.restrict "[^[:space:][:cntrl:]\"'$`\\\\]+" "blanks, quotes or line breaks" {
        option = "users.defaultUserShell";
        file = "/etc/default/useradd";
      } (toShellPath cfg.defaultUserShell)
    }\n";

    environment.etc.motd = lib.mkIf (cfg.motd != null && cfg.motd != "") {
      text = lib.mkDefault cfg.motd;
    };

    warnings =
      unknownGroups
      ++ wrongHashes
      ++ lib.concatMap (
        u:
        optional
          (builtins.length (builtins.filter (n: !lib.hasPrefix "initial" n) (passwordsOf u)) > 1)
          "users.users.${u.name} has ${
            lib.concatStringsSep " and " (passwordsOf u)
          }. Set only one: of these, the first of hashedPasswordFile, password, hashedPassword counts."
      ) users;

    assertions =
      uniqueNames "accounts" (namesOf "users")
      ++ uniqueNames "groups" (namesOf "groups")
      ++ lib.concatMap userAssertions users
      ++ lib.optionals cfg.enforceIdUniqueness (
        duplicateIds "user" "users.users.<name>.uid" (fixedIds fixedUid users)
        ++ duplicateIds "group" "users.groups.<name>.gid" (fixedIds fixedGid groups)
      )
      ++ [
        {
          assertion = cfg.mutableUsers || cfg.allowNoPasswordLogin || canLogIn;
          message =
            "users.mutableUsers is off, but neither root nor any member of wheel has a password or an SSH key, so no user could "
            + "administer this machine. Give one of them a password or a key, or set users.allowNoPasswordLogin = true.";
        }
      ];
  };
}
