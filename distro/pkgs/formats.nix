# Configuration files of common formats: each has a `type` for options and a `generate` that writes a value of it.
{ lib, self }:

let
  inherit (lib) types;
  inherit (builtins) attrNames concatStringsSep filter isAttrs isList isString map toJSON;

  atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str ]) // {
    description = "INI atom (null, bool, int, float or string)";
  };

  write = name: text: self.writeText name text;

  # JSON-like values.
  tree =
    description:
    let
      valueType =
        types.nullOr (
          types.oneOf [
            types.bool
            types.int
            types.float
            types.str
            types.path
            (types.attrsOf valueType)
            (types.listOf valueType)
          ]
        )
        // { inherit description; };
    in
    valueType;

  iniAtom =
    listsAsDuplicateKeys: listToValue:
    if listsAsDuplicateKeys then
      types.coercedTo atom lib.singleton (types.listOf atom)
      // { description = atom.description + " or a list of them for duplicate keys"; }
    else if listToValue != null then
      types.coercedTo atom lib.singleton (types.nonEmptyListOf atom)
      // { description = atom.description + " or a non-empty list of them"; }
    else
      atom;

  joinLists = listToValue: v: if isList v then listToValue v else v;

  # ---- Formats of lines ----
  # No key, section or value goes on in a line of its own. The formats take arguments beside nixpkgs': `option', the name of the
  # option at a path of the settings, for errors, and `isContinued', whether a backslash at the end of a line joins the next one to it.
  own = [
    "option"
    "isContinued"
    "listToValue"
    "atomsCoercedToLists"
  ];
  inherit (import ../nixos/lib/formats/text.nix { inherit lib; }) refuse;
  hasBreak = text: builtins.match "[^\n\r]*" text == null;
  isSecret =
    key:
    builtins.match ".*(passw|passphrase|secret|token|credential|private|api_?key).*" (
      lib.toLower key
    )
    != null;

  checked =
    file:
    {
      option ? null,
      isContinued ? false,
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      mkKeyValue ? lib.generators.mkKeyValueDefault { } "=",
      mkSectionName ? (name: name),
      ...
    }:
    let
      at = path: what: {
        inherit file;
        option = if option == null then what else option path;
      };
      ofSection = lib.concatMapStrings (name: " of the section `${name}'");
      refused = place: refuse place "a line break";

      # Nix's indented strings end with a line break, which leaves an empty line: not within a joined list.
      isBroken =
        isJoined: v:
        let
          text = if isJoined then toString v else lib.removeSuffix "\n" (toString v);
        in
        (isString v || builtins.isPath v)
        && hasBreak (
          if isContinued then builtins.replaceStrings [ "\\\\" "\\\n" ] [ "" "" ] text else text
        );

      # A function of the caller's may escape line breaks, or indent the lines after them: then the text has the value no more.
      wrong =
        key: v:
        if isList v && listToValue != null then
          filter (text: lib.hasInfix (toString text) (toString (listToValue v))) (
            filter (isBroken true) v
          )
        else if isList v && !listsAsDuplicateKeys then
          filter (text: lib.hasInfix (toString text) (mkKeyValue key v)) (filter (isBroken true) v)
        else
          filter (text: lib.hasSuffix (toString text) (mkKeyValue key text)) (
            filter (isBroken false) (lib.toList v)
          );
      value =
        path: key: v:
        let
          place = at (path ++ [ key ]) "The setting `${key}'${ofSection path}";
          found = wrong key v;
        in
        if hasBreak key then
          refused (at path "The name of a setting${ofSection path}") key
        else if found != [ ] then
          refused (place // { secret = isSecret key; }) (toString (builtins.head found))
        else
          v;
    in
    rec {
      section = path: lib.mapAttrs (value path);
      sections = lib.mapAttrs (
        name: values:
        if hasBreak (mkSectionName name) then
          refused (at [ name ] "The name of a section") name
        else
          section [ name ] values
      );
      # Of git's, in which values are escaped, and sections are in sections.
      names =
        path:
        lib.mapAttrs (
          name: v:
          if hasBreak name then
            refused (at path "The name of a setting or a section${ofSection path}") name
          else if isAttrs v && !(lib.isDerivation v) then
            names (path ++ [ name ]) v
          else
            v
        );
    };

  # TOML: keys of a table first, then its tables and arrays of tables.
  toTOML =
    let
      isTable = v: isAttrs v && !lib.isDerivation v;
      isTableArray = v: isList v && v != [ ] && builtins.all isTable v;
      key = k: if builtins.match "[A-Za-z0-9_-]+" k != null then k else toJSON k;
      inline =
        v:
        if isList v then
          "[${lib.concatMapStringsSep ", " inline v}]"
        else if isTable v then
          "{ ${concatStringsSep ", " (lib.mapAttrsToList (k: x: "${key k} = ${inline x}") (present v))} }"
        else if v == null then
          throw "formats.toml: TOML has no null. Leave such attributes out"
        else if builtins.isPath v then
          toJSON "${v}"
        else
          toJSON v;
      present = lib.filterAttrs (_: v: v != null);
      table =
        path: set:
        let
          given = present set;
          names = attrNames given;
          plain = filter (n: !isTable given.${n} && !isTableArray given.${n}) names;
          tables = filter (n: isTable given.${n}) names;
          arrays = filter (n: isTableArray given.${n}) names;
          title = p: concatStringsSep "." (map key p);
        in
        lib.concatMapStrings (n: "${key n} = ${inline given.${n}}\n") plain
        + lib.concatMapStrings (
          n: "\n[${title (path ++ [ n ])}]\n" + table (path ++ [ n ]) given.${n}
        ) tables
        + lib.concatMapStrings (
          n:
          lib.concatMapStrings (
            v: "\n[[${title (path ++ [ n ])}]]\n" + table (path ++ [ n ]) v
          ) given.${n}
        ) arrays;
    in
    set: lib.removePrefix "\n" (table [ ] set);
in
rec {
  json =
    { }:
    {
      type = tree "JSON value";
      generate = name: value: write name (toJSON value + "\n");
    };

  # JSON is YAML, too.
  yaml =
    { }:
    {
      type = tree "YAML value";
      inherit (json { }) generate;
    };
  yaml_1_1 = yaml;
  yaml_1_2 = yaml;

  toml =
    { }:
    {
      type = tree "TOML value";
      generate = name: value: write name (toTOML value);
    };

  ini =
    {
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      atomsCoercedToLists ? null,
      ...
    }@args:
    {
      type = types.attrsOf (types.attrsOf (iniAtom listsAsDuplicateKeys listToValue));
      lib.types.atom = iniAtom listsAsDuplicateKeys listToValue;
      generate =
        name: value:
        let
          lines = (checked name args).sections value;
          flat =
            if listToValue == null then
              lines
            else
              lib.mapAttrs (_: lib.mapAttrs (_: joinLists listToValue)) lines;
        in
        write name (lib.generators.toINI (removeAttrs args own) flat);
    };

  iniWithGlobalSection =
    {
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      atomsCoercedToLists ? null,
      ...
    }@args:
    {
      type = types.submodule {
        options = {
          sections = lib.mkOption {
            type = types.attrsOf (types.attrsOf (iniAtom listsAsDuplicateKeys listToValue));
            default = { };
            description = "The sections.";
          };
          globalSection = lib.mkOption {
            type = types.attrsOf (iniAtom listsAsDuplicateKeys listToValue);
            default = { };
            description = "The keys before the first section.";
          };
        };
      };
      generate =
        name:
        {
          sections ? { },
          globalSection ? { },
          ...
        }:
        let
          lines = checked name args;
          join = lib.mapAttrs (_: joinLists (if listToValue == null then (x: x) else listToValue));
        in
        write name (
          lib.generators.toINIWithGlobalSection (removeAttrs args own) {
            globalSection = join (lines.section [ ] globalSection);
            sections = lib.mapAttrs (_: join) (lines.sections sections);
          }
        );
    };

  gitIni =
    {
      listsAsDuplicateKeys ? false,
      ...
    }@args:
    {
      type = types.attrsOf (
        types.attrsOf (
          types.either (iniAtom listsAsDuplicateKeys null) (
            types.attrsOf (iniAtom listsAsDuplicateKeys null)
          )
        )
      );
      generate =
        name: value: write name (lib.generators.toGitINI ((checked name args).names [ ] value));
    };

  keyValue =
    {
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      ...
    }@args:
    {
      type = types.attrsOf (iniAtom listsAsDuplicateKeys listToValue);
      generate =
        name: value:
        let
          lines = (checked name args).section [ ] value;
        in
        write name (
          lib.generators.toKeyValue (removeAttrs args own) (
            if listToValue == null then lines else lib.mapAttrs (_: joinLists listToValue) lines
          )
        );
    };

  systemd = ini {
    listsAsDuplicateKeys = true;
    isContinued = true;
  };
}
