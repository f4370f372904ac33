# The components of Debian's archive besides main: contrib, non-free and non-free-firmware. Their index is fetched only when a package of
# theirs is used, or when the configuration allows unfree packages, so that their names are needed.
{
  lib,
  archive,
  mainPackages,
  config,
}:

let
  inherit (builtins) all attrNames mapAttrs removeAttrs;

  pinned = archive.components or [ ];
  whole = archive.allComponents;
  others = mapAttrs (_: make) (removeAttrs whole.packages (attrNames archive.packages));
  make = import ./debian-package.nix {
    inherit lib config;
    archive = whole;
    packages = mainPackages // others;
  };

  # Names by which packages are known although the index was not read.
  known = import ./component-names.nix;

  get =
    attr: name:
    if pinned == [ ] then
      throw (
        "pkgs.${attr} is in Debian's component ${known.${name} or "non-free"}, which the lock does not pin: it was written by an earlier "
        + "version of bootflake. Run: bootflake flake update nixpkgs"
      )
    else
      others.${name} or (throw "pkgs.${attr}: Debian ${archive.suite} has no package `${name}'.");

  inMain =
    name: lib.hasPrefix "@" name || archive.packages ? ${name} || archive.providers name != [ ];
  # Packages of main alone are resolved among themselves: what others offer never changes a system that has none of them.
  archiveOf = names: if pinned == [ ] || all inMain names then archive else whole;
in
{
  inherit get;
  has = name: pinned != [ ] && others ? ${name};
  packages = others;

  # What `pkgs` has beside the packages of main.
  visible =
    if pinned == [ ] then
      { }
    else if config.allowUnfree || config ? allowUnfreePredicate then
      others
    else
      mapAttrs (name: _: get name name) (removeAttrs known (attrNames archive.packages));

  # Errors for names in `pkgs`, under a lock that pins main alone.
  notPinned = lib.optionalAttrs (pinned == [ ]) (
    mapAttrs (name: _: get name name) (removeAttrs known (attrNames archive.packages))
  );

  # The archive for whole systems, which may have packages of all components.
  archive = archive // {
    resolve = names: (archiveOf names).resolve names;
    record = name: (archiveOf [ name ]).packages.${name};
  };
  debOf = name: (mainPackages.${name} or others.${name}).deb;
}
