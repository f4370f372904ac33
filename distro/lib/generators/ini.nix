# INI files, Git's and dconf's among them.
{ lib }:

let
  inherit (builtins)
    attrValues
    concatStringsSep
    foldl'
    head
    isAttrs
    isList
    isString
    length
    map
    replaceStrings
    tail
    ;
  inherit (lib) escape hasInfix isDerivation mapAttrsToList recursiveUpdate splitString;
  inherit (lib.generators) mkKeyValueDefault mkValueStringDefault toKeyValue;

  escapeName = escape [ "[" "]" ];

  isSet = v: isAttrs v && !isDerivation v;
in
rec {
  toINI =
    {
      mkSectionName ? escapeName,
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    sections:
    concatStringsSep "\n" (
      mapAttrsToList (
        name: values:
        "[${mkSectionName name}]\n" + toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } values
      ) sections
    );

  toINIWithGlobalSection =
    {
      mkSectionName ? escapeName,
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    {
      globalSection,
      sections ? { },
    }:
    (
      if globalSection == { } then
        ""
      else
        toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } globalSection + "\n"
    )
    + toINI { inherit mkSectionName mkKeyValue listsAsDuplicateKeys; } sections;

  /* { url."https://host/".insteadOf = "x"; } is [url "https://host/"]. */
  toGitINI =
    let
      header =
        name:
        let
          parts = splitString "." name;
        in
        if hasInfix "\"" name || length parts == 1 then
          name
        else
          "${head parts} \"${concatStringsSep "." (tail parts)}\"";

      quoted =
        v:
        if isString v then
          "\"${replaceStrings [ "\n" "\t" "\"" "\\" ] [ "\\n" "\\t" "\\\"" "\\\\" ] v}\""
        else
          mkValueStringDefault { } v;
      line = k: v: "\t${mkKeyValueDefault { mkValueString = quoted; } " = " k v}";
      lines = k: v: if isList v then concatStringsSep "\n" (map (line k) v) else line k v;

      # Every key below, by the name of its section.
      flatten =
        section: set:
        lib.concatLists (
          mapAttrsToList (
            name: v:
            if isSet v then
              flatten (section ++ [ name ]) v
            else
              [ { ${concatStringsSep "." section}.${name} = v; } ]
          ) set
        );
      # A section without sections in it stays as it is, also when it's empty.
      nested = lib.filterAttrs (_: v: isAttrs v && builtins.any isSet (attrValues v));
    in
    attrs:
    toINI
      {
        mkSectionName = header;
        mkKeyValue = lines;
      }
      (
        removeAttrs attrs (builtins.attrNames (nested attrs))
        // foldl' recursiveUpdate { } (flatten [ ] (nested attrs))
      );

  mkDconfKeyValue = mkKeyValueDefault { mkValueString = v: toString (lib.gvariant.mkValue v); } "=";
  toDconfINI = toINI { mkKeyValue = mkDconfKeyValue; };
}
