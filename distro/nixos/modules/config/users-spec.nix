# The accounts of users and groups as a list in the system (users.spec), from which activation updates /etc/passwd, /etc/shadow and
# /etc/group.
{
  config,
  lib,
  utils,
  ...
}:

let
  inherit (utils) toShellPath;

  cfg = config.users;
  ids = config.ids;
  inherit (import ../../lib/formats { inherit lib; }) accounts text;
  inherit (import ./users-ids.nix { inherit config lib; }) users groups fixedUid fixedGid fixedIds;

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
  };
}
