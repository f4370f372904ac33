# Several packages as one: links to everything in them.
{
  lib,
  self,
  archive,
}:

let
  inherit (builtins) filter head map;

  suite = archive.suite;

  # The t64 of trixie's library names marks 64-bit times; earlier suites have the plain name.
  find =
    name:
    if archive.packages ? ${name} then
      name
    else
      let
        plain = lib.removeSuffix "t64" name;
      in
      if archive.packages ? ${plain} then plain else null;

  anyOf = lib.concatMapStringsSep " or " (name: "`${lib.removeSuffix "?" name}'");
in
{
  /* `names` are Debian's; `NAME?` is left out if the suite lacks it. `attr` is the name that the user wrote. */
  combine =
    attr: wanted: extra:
    let
      found = builtins.concatMap (
        n:
        let
          plain = lib.removeSuffix "?" n;
        in
        if plain == n then [ n ] else lib.optional (find plain != null) plain
      ) wanted;
      # May be the programs themselves in one suite, and in another an empty package that depends on them.
      real = filter (
        n:
        find n == null
        || builtins.match ".*transitional.*" (archive.packages.${find n}.description or "") == null
      ) found;
      names = if real == [ ] then found else real;
      missing = filter (n: find n == null) names;
      packages = map (n: self.debianPackages.${find n}) names;
      first = head packages;
      joined = self.buildEnv {
        name = "${attr}-${first.version}";
        paths = packages;
        ignoreCollisions = true;
      };
    in
    if missing != [ ] then
      throw "pkgs.${attr}: Debian ${suite} has no package `${head missing}'."
    else if names == [ ] then
      throw "pkgs.${attr}: Debian ${suite} has no package ${anyOf wanted}."
    else if builtins.length packages == 1 then
      first // extra
    else
      joined
      // {
        bin = joined;
        lib = joined;
        dev = joined;
        pname = attr;
        inherit (first) version meta;
        debianPackages = map (p: p.debianPackage) packages;
        # What builds take instead of the links: it is merged at /usr.
        debianParts = packages;
        passthru = { inherit packages; } // extra;
      }
      // extra;
}
