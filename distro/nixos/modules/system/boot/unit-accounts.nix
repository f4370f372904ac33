# Warns of units and files whose accounts do not exist: systemd starts them in vain, and files stay unwritten.
{ config, lib, ... }:

let
  cfg = config.systemd;
  inherit (config.users) ofPackages;

  setOf = names: lib.genAttrs names (_: true);
  namesOf = accounts: map (a: a.name) (lib.attrValues accounts);
  known = {
    user =
      ofPackages.users // setOf (namesOf (lib.filterAttrs (_: u: u.enable) config.users.users));
    group = setOf (ofPackages.groups ++ namesOf config.users.groups);
  };

  # Accounts that are not known here: of other lists for systemd-sysusers, of a directory service.
  hasOthers =
    config.system.nssModules.list != [ ]
    || lib.any (lib.hasPrefix "sysusers.d/") (lib.attrNames config.environment.etc);

  isOn = value: lib.elem value [ true "true" "yes" "on" "1" ];
  words =
    value:
    lib.concatMap (v: if lib.isString v then lib.splitString " " v else [ ]) (lib.toList value);
  # A number, a specifier of systemd's, or nothing.
  isFree = name: builtins.match "|-|[+:]?[0-9]+|.*[%$].*" name != null;

  quoted = lib.strings.escapeNixIdentifier;
  example = {
    user =
      name:
      "users.users.${quoted name} = { isSystemUser = true; group = \"${name}\"; }; users.groups.${quoted name} = { };";
    group = name: "users.groups.${quoted name} = { };";
  };

  /* Warnings of the names that are no account of this kind. `effect`: what becomes of it. */
  unknown =
    option: kind: effect: names:
    map (
      name:
      "${option} is ${builtins.toJSON name}, but there is no such ${kind}, so ${effect}. Declare it: ${example.${kind} name}"
    ) (builtins.filter (name: !(isFree name || known.${kind} ? ${name})) names);

  warn =
    option: section: setting: kind:
    unknown "${option}.${setting}" kind "the unit cannot start" (
      if setting == "SupplementaryGroups" then
        words (section.${setting} or [ ])
      else
        map toString (lib.toList (section.${setting} or [ ]))
    );

  ofService =
    name: service:
    let
      section = service.serviceConfig;
      warning = warn "systemd.services.${name}.serviceConfig" section;
    in
    lib.optionals service.enable (
      lib.optionals (!(isOn (section.DynamicUser or false))) (
        warning "User" "user" ++ warning "Group" "group"
      )
      ++ warning "SupplementaryGroups" "group"
    );
  # Owners of files. `user` is the name of the option that has the user.
  owners =
    loc: user: effect: file:
    let
      of = name: kind: unknown (lib.showOption (loc ++ [ name ])) kind effect [ file.${name} ];
    in
    of user "user" ++ of "group" "group";
  ofEtc =
    name: file:
    lib.optionals (file.enable && !(lib.elem file.mode [ "symlink" "direct-symlink" ])) (
      owners [ "environment" "etc" name ] "user" "the file cannot be written" file
    );
  ofWrapper =
    name: wrapper:
    lib.optionals wrapper.enable (
      owners [ "security" "wrappers" name ] "owner" "the program cannot be made" wrapper
    );
  ofRules =
    name: paths:
    lib.concatLists (
      lib.mapAttrsToList (
        path: rules:
        lib.concatLists (
          lib.mapAttrsToList (
            type:
            owners [
              "systemd"
              "tmpfiles"
              "settings"
              name
              path
              type
            ] "user" "systemd-tmpfiles leaves it out"
          ) rules
        )
      ) paths
    );

  ofPool = name: owners [ "services" "phpfpm" "pools" name ] "user" "the pool cannot start";

  ofSocket =
    name: socket:
    let
      warning = warn "systemd.sockets.${name}.socketConfig" socket.socketConfig;
    in
    lib.optionals socket.enable (warning "SocketUser" "user" ++ warning "SocketGroup" "group");
in
{
  warnings = lib.optionals (!hasOthers) (
    lib.concatLists (
      lib.mapAttrsToList ofService cfg.services
      ++ lib.mapAttrsToList ofSocket cfg.sockets
      ++ lib.mapAttrsToList ofEtc config.environment.etc
      ++ lib.mapAttrsToList ofWrapper config.security.wrappers
      ++ lib.mapAttrsToList ofRules cfg.tmpfiles.settings
      ++ lib.mapAttrsToList ofPool config.services.phpfpm.pools
    )
  );
}
