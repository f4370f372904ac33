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
          flat =
            if listToValue == null then
              value
            else
              lib.mapAttrs (_: lib.mapAttrs (_: joinLists listToValue)) value;
        in
        write name (
          lib.generators.toINI (removeAttrs args [ "listToValue" "atomsCoercedToLists" ]) flat
        );
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
          join = lib.mapAttrs (_: joinLists (if listToValue == null then (x: x) else listToValue));
        in
        write name (
          lib.generators.toINIWithGlobalSection
            (removeAttrs args [ "listToValue" "atomsCoercedToLists" ])
            {
              globalSection = join globalSection;
              sections = lib.mapAttrs (_: join) sections;
            }
        );
    };

  gitIni =
    {
      listsAsDuplicateKeys ? false,
      ...
    }:
    {
      type = types.attrsOf (
        types.attrsOf (
          types.either (iniAtom listsAsDuplicateKeys null) (
            types.attrsOf (iniAtom listsAsDuplicateKeys null)
          )
        )
      );
      generate = name: value: write name (lib.generators.toGitINI value);
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
        write name (
          lib.generators.toKeyValue (removeAttrs args [ "listToValue" ]) (
            if listToValue == null then value else lib.mapAttrs (_: joinLists listToValue) value
          )
        );
    };

  systemd = ini { listsAsDuplicateKeys = true; };
}
