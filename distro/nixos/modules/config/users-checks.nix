# The checks of users and groups: what of them is an error, and what a warning.
{ config, lib, ... }:

let
  inherit (lib) optional;

  cfg = config.users;
  inherit (import ./users-ids.nix { inherit config lib; }) users groups fixedUid fixedGid fixedIds;
  uniqueNames = import ../../lib/unique-names.nix { inherit lib; };
  # The names of users or groups that count, with the options that give them.
  namesOf =
    kind:
    lib.mapAttrsToList (attribute: it: {
      inherit (it) name;
      option = lib.showOption [ "users" kind attribute "name" ];
    }) (lib.filterAttrs (_: it: it.enable or true) cfg.${kind});

  groupNames = builtins.listToAttrs (
    map (g: {
      inherit (g) name;
      value = g;
    }) groups
  );
  # Declared groups, and those of packages.
  isKnownGroup = name: groupNames ? ${name} || lib.elem name cfg.ofPackages.groups;

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
