# Warns of units whose accounts do not exist: systemd starts them in vain.
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
  isFree = name: builtins.match "|[0-9]+|.*[%$].*" name != null;

  example = {
    user =
      name:
      "users.users.${name} = { isSystemUser = true; group = \"${name}\"; }; users.groups.${name} = { };";
    group = name: "users.groups.${name} = { };";
  };

  warn =
    option: section: setting: kind:
    map
      (
        name:
        "${option}.${setting} is \"${name}\", but there is no such ${kind}, so the unit cannot start. Declare it: ${example.${kind} name}"
      )
      (builtins.filter (name: !(isFree name || known.${kind} ? ${name})) (
        words (section.${setting} or [ ])
      ));

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
      lib.mapAttrsToList ofService cfg.services ++ lib.mapAttrsToList ofSocket cfg.sockets
    )
  );
}
