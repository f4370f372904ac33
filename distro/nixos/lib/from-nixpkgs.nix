# nixosModules.fromNixpkgs: the modules of a nixpkgs tree that this distribution does not have itself, unmodified.
#
# A file of theirs is left out whole where ours of the same path, or of the path that `replaced` names, has its options: two modules
# are never merged part by part. Left out are also those that describe how NixOS makes a system, which is made differently here.
{ lib }:

tree:
let
  inherit (builtins) filter hasAttr isPath isString map mapAttrs pathExists;
  root = toString tree + "/nixos/modules/";
  list = root + "module-list.nix";

  oursRoot = toString ../modules + "/";
  ours = map (file: lib.removePrefix oursRoot (toString file)) (import ../modules/module-list.nix);
  inherit (import ./nixpkgs-modules.nix) meaningless offByDefault refusals replaced;

  setOf = names: lib.genAttrs names (_: true);
  leftOut = setOf (lib.subtractLists refusals ours ++ lib.attrNames replaced ++ meaningless);

  debian = import ./debian-ids.nix;
  # Their numbers of accounts, where Debian's leave them: a number that Debian's table gives to another name is raised by 400, above all of
  # theirs.
  idsBeside =
    ours: theirs:
    let
      taken = setOf (map toString (lib.attrValues ours));
    in
    mapAttrs (_: id: if hasAttr (toString id) taken then id + 400 else id) (
      removeAttrs theirs (lib.attrNames ours)
    );
  theirIds = (lib.evalModules { modules = [ (root + "misc/ids.nix") ]; }).config.ids;

  # Since 21.11 modules say more of users and wrappers.
  isStrict = lib.versionAtLeast (lib.fileContents (toString tree + "/.version")) "21.11";

  # Entries that are modules themselves have no path.
  isTaken =
    entry:
    !(isPath entry || isString entry)
    || (
      let
        path = lib.removePrefix root (toString entry);
      in
      !(hasAttr path leftOut || hasAttr "${dirOf path}/" leftOut)
    );
in
if !(pathExists list) then
  throw (
    "nixosModules.fromNixpkgs: there is no nixos/modules/module-list.nix in `${toString tree}'. Give it the source of nixpkgs: an "
    + "input such as { url = \"github:NixOS/nixpkgs/nixos-25.11\"; flake = false; }."
  )
else
  {
    _file = list;
    key = list;
    # Before 21.11 a wrapper was root's, and had the setuid bit if nothing else was said of it.
    options = lib.optionalAttrs (!isStrict) {
      security.wrappers = lib.mkOption {
        type = lib.types.attrsOf (
          lib.types.submodule (
            { config, options, ... }:
            {
              owner = lib.mkOverride 1400 "root";
              group = lib.mkOverride 1400 "root";
              setuid = lib.mkOverride 1400 (
                config.capabilities == ""
                && !config.setgid
                && options.permissions.highestPrio >= 1500
              );
            }
          )
        );
      };
    };
    imports = filter isTaken (import list) ++ [ ./nixpkgs-options.nix ];
    config =
      lib.mkMerge
        (
          [
            {
              _module.args.foldersOfAnotherVersion = [ root ];
              ids = mapAttrs (kind: ids: idsBeside ids theirIds.${kind}) debian;
              users.kindIsRequired = isStrict;
            }
          ]
          ++ lib.mapAttrsToList (_: option: lib.setAttrByPath option (lib.mkDefault false)) (
            lib.filterAttrs (file: _: pathExists (root + file)) offByDefault
          )
        );
    disabledModules = map (path: oursRoot + path) refusals;
  }
