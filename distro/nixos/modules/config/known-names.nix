# The names of time zones and locales that Debian has, as its packages tzdata, tzdata-legacy and locales list them. The lists are in
# files, which a test compares with the packages (test/distro/known-names.test.ts).
#   time-zones.txt  NAME, and for those of tzdata-legacy the word "legacy"
#   locales.txt     NAME CHARACTER-SET, and the suite where only that one has it
{ lib, suite }:

let
  linesOf =
    file:
    map (lib.splitString " ") (
      builtins.filter (line: line != "") (lib.splitString "\n" (builtins.readFile file))
    );
  setOf =
    names:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = true;
      }) names
    );

  zoneLines = linesOf ./time-zones.txt;
  zoneSet = setOf (map lib.head zoneLines);
  legacy = setOf (map lib.head (builtins.filter (line: builtins.length line > 1) zoneLines));

  # Of each zone there is one that counts leap seconds.
  isRight = lib.hasPrefix "right/";
  plainZone = lib.removePrefix "right/";

  # A suite that the lists do not know has all.
  suites = [ "bookworm" "trixie" ];
  inSuite =
    line:
    builtins.length line < 3 || builtins.elemAt line 2 == suite || !(builtins.elem suite suites);
  localeLines = builtins.filter inSuite (linesOf ./locales.txt);

  # de_DE.UTF-8@euro/UTF-8 as { name = "de_DE@euro"; set = "utf8"; }: the C library compares character sets without case and signs.
  normalSet =
    set:
    lib.stringAsChars (c: if builtins.match "[a-z0-9]" c != null then c else "") (lib.toLower set);
  parts =
    text:
    let
      found = builtins.match "([^.@/]+)([.]([^@/]+))?(@[^/]+)?(/(.+))?" text;
    in
    if found == null then
      null
    else
      {
        name =
          builtins.elemAt found 0
          + (if builtins.elemAt found 3 == null then "" else builtins.elemAt found 3);
        sets = map normalSet (
          builtins.filter (s: s != null) [ (builtins.elemAt found 2) (builtins.elemAt found 5) ]
        );
      };
  setsByName = builtins.groupBy (l: l.name) (
    map (line: {
      inherit (parts (lib.head line)) name;
      set = normalSet (builtins.elemAt line 1);
    }) localeLines
  );

  distanceTo = wanted: name: lib.levenshtein (lib.toLower wanted) (lib.toLower name);
in
rec {
  zones = builtins.attrNames zoneSet;
  isZone = name: zoneSet ? ${plainZone name};
  isLegacyZone = name: isRight name || legacy ? ${name};

  locales = map lib.head localeLines;
  /* Whether the C library has the locale, with the character set that it names. */
  isLocale =
    text:
    let
      p = parts text;
    in
    p != null
    && setsByName ? ${p.name}
    && lib.all (set: lib.any (l: l.set == set) setsByName.${p.name}) p.sets;

  /* " Did you mean Europe/Berlin?", or nothing where no name is like it. */
  nearest =
    wanted: names:
    let
      # What has another length by much is not looked at: each comparison takes a while.
      candidates = builtins.filter (
        name:
        let
          d = builtins.stringLength name - builtins.stringLength wanted;
        in
        d * d <= 9
      ) names;
      ranked = lib.sort (a: b: a.distance < b.distance) (
        map (name: {
          inherit name;
          distance = distanceTo wanted name;
        }) candidates
      );
      lastPart = text: lib.toLower (lib.last (lib.splitString "/" text));
      sameEnd = builtins.filter (
        name: lib.hasInfix "/" name && lastPart name == lastPart wanted
      ) names;
    in
    if sameEnd != [ ] then
      " Did you mean ${lib.head sameEnd}?"
    else if ranked != [ ] && (lib.head ranked).distance <= 3 then
      " Did you mean ${(lib.head ranked).name}?"
    else
      "";
}
