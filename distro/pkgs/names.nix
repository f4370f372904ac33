# nixpkgs' names for Debian's packages. A name that both have is Debian's package if it is the same software; if it isn't, or was not
# compared, using the name throws.
{
  lib,
  self,
  archive,
}:

let
  inherit (builtins) filter mapAttrs readFile split;
  inherit (archive) packages suite;
  inherit (import ./combine.nix { inherit lib self archive; }) combine;

  families = import ./versioned.nix { inherit lib self archive combine; };
  linux = import ./linux.nix { inherit lib self archive; };
  sets = import ./package-sets.nix { inherit lib self archive combine; };

  # Which package the suite has under a name that is other software in nixpkgs, and how to use it.
  debians =
    name:
    "Debian's `${name}' is: ${packages.${name}.description}. For that, write pkgs.debianPackages.${name}.";

  otherSoftware = mapAttrs (
    name: entry:
    let
      facts = if builtins.isString entry then { is = entry; } else entry;
      instead = facts ? use && packages ? ${facts.use};
    in
    throw (
      "pkgs.${name}: in nixpkgs this is ${facts.is}, for which Debian ${suite} has "
      + (if instead then "pkgs.debianPackages.${facts.use}." else "no package.")
      + lib.optionalString (packages ? ${name}) " ${debians name}"
    )
  ) (import ./other-software.nix);

  notInDebian = mapAttrs (
    name: use:
    self.debianPackages.${name} or (throw (
      "pkgs.${name}: Debian ${suite} has no such package."
      + lib.optionalString (use != null) " Use ${use}."
    ))
  ) (import ./not-in-debian.nix);

  # See scripts/compare-names.ts.
  notCompared = builtins.listToAttrs (
    map
      (name: {
        inherit name;
        value =
          throw
            "pkgs.${name}: nixpkgs has a package of this name, which has not been compared with Debian's. ${debians name}";
      })
      (filter (name: name != "" && packages ? ${name}) (
        filter builtins.isString (split "\n" (readFile ./not-compared.txt))
      ))
  );

  # The programs and libraries of X, which nixpkgs has in a set and, mostly, at the top level as well.
  xorg =
    let
      tables = import ./xorg-names.nix;
      package = name: debian: combine "xorg.${name}" [ debian ] { };
      program =
        name: debian:
        let
          found = package name debian;
        in
        found // { meta = found.meta // { mainProgram = name; }; };
      set = mapAttrs package tables.others // mapAttrs program tables.programs;
    in
    set // { xorg = set // lib.genAttrs tables.own (name: self.debianPackages.${name}); };

  renamed = mapAttrs (attr: names: combine attr (lib.toList names) { }) (
    import ./nixpkgs-names.nix
  );
in
notCompared // otherSoftware // notInDebian // xorg // renamed // families // linux // sets
