# Packages merged into one tree: a system's /usr.
{
  lib,
  self,
  archive,
}:

let
  inherit (builtins) isString map;

  table = import ./alternatives.nix;
  # By scripts/package-accounts. Systems have the accounts of the essential packages, and of dbus and the like, anyway.
  accounts = lib.importJSON ./package-accounts.json;
  units = import ./package-units.nix;
  dropIns = import ./unit-drop-ins.nix;

  namesOf =
    p:
    if isString p then
      [ p ]
    else
      p.debianPackages or [
        (
          p.debianPackage or (throw
            "pkgs.debianTree: `${p.name or "?"}' is not one of Debian's packages. Name packages from pkgs."
          )
        )
      ];
in
{
  /* The names of the Debian packages that strings' contexts reach, sorted. */
  debianRoots = builtins.debianRoots;

  /* The dependency closure of names, in the order of installation. "@essential" stands for the essential packages. */
  debianClosure = names: archive.resolve names;

  /*
    packages      names or packages; virtual packages are allowed if one package alone provides them
    bare          names or packages that are added without what they depend on (kernels)
    essential     whether the essential packages are added
    certificates  files of certificates in PEM that are trusted in addition to those of ca-certificates
    distrustedCertificates  names of certificates of that package that are not trusted
    isMachine     whether it is the /usr of a machine: what packages expect in /var is made there at boot
    unitPackages  packages whose units start along with others if they say so; of others, none starts by itself
    replacedUnits  names of units that the machine has instead of packages'; drop-ins of packages are not for them
    alternatives  further links, { "/usr/bin/editor" = "/usr/bin/vim.basic"; }, which take precedence
  */
  debianTree =
    {
      packages,
      bare ? [ ],
      name ? "debian-tree",
      essential ? true,
      isMachine ? false,
      unitPackages ? [ ],
      replacedUnits ? [ ],
      alternatives ? { },
      certificates ? [ ],
      distrustedCertificates ? [ ],
    }:
    let
      closure = archive.resolve (
        lib.optional essential "@essential" ++ builtins.concatMap namesOf packages
      );
      names = closure ++ lib.subtractLists closure (builtins.concatMap namesOf bare);
      present = builtins.listToAttrs (
        map (name: {
          inherit name;
          value = true;
        }) names
      );

      # What maintainer scripts would make for them.
      expected = lib.attrValues (builtins.intersectAttrs present accounts);

      # Without drop-ins for units that are replaced.
      ownUnits =
        lib.filterAttrs (path: _: !(lib.any (u: lib.hasInfix "/${u}.d/" path) replacedUnits)) (
          lib.mergeAttrsList (lib.attrValues (builtins.intersectAttrs present units))
        );
      withDropIns = lib.concatLists (lib.attrValues (builtins.intersectAttrs present dropIns));
      replaced = if withDropIns == [ ] then [ ] else lib.intersectLists withDropIns replacedUnits;
      asked = lib.naturalSort (lib.unique (builtins.concatMap namesOf unitPackages));

      links = builtins.mapAttrs (
        _: candidates:
        lib.findFirst (
          c:
          present ? ${builtins.head c}
          && (
            builtins.length c < 3
            || lib.hasPrefix (builtins.elemAt c 2) archive.packages.${builtins.head c}.version
          )
        ) null candidates
      ) table;
      chosen =
        lib.mapAttrs (_: c: builtins.elemAt c 1) (lib.filterAttrs (_: c: c != null) links)
        // alternatives;
    in
    self.builtinDerivation "debian-tree" {
      inherit name;
      inherit (archive) suite;
      debs = map (n: "${self.debOf n}") names;
      # Why each is there, for the list of packages in the tree.
      depends = map (n: archive.packages.${n}.depends or "") names;
      alternatives = chosen;
      ${if isMachine then "folders" else null} = lib.concatMap (p: p.folders or [ ]) expected;
      ${if isMachine && asked != [ ] then "unitPackages" else null} = asked;
      # Their names must not depend on what the packages are, which is known late.
      ${
        if isMachine then "replacedUnits" else null
      } = replaced;
      ${if isMachine then "files" else null} = ownUnits;
      ${if certificates == [ ] then null else "certificates"} = map (c: "${c}") certificates;
      ${if distrustedCertificates == [ ] then null else "distrustedCertificates"} =
        distrustedCertificates;
      passthru = {
        packages = names;
        # Accounts that they expect: users by name, and names of groups.
        users = lib.foldl' (all: p: p.users or { } // all) { } expected;
        groups = lib.unique (lib.concatMap (p: p.groups or [ ]) expected);
        has = name: present ? ${name};
        installedSize = builtins.foldl' (sum: n: sum + (archive.record n).installedSize) 0 names;
      };
    };
}
