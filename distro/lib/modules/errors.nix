# What the module system says when something is wrong. Only evaluated then, so nothing here need be quick.
{ lib }:

let
  inherit (builtins) attrNames concatMap concatStringsSep filter head isAttrs isString length map stringLength;
  inherit (lib) showOption;

  # Values are shown in at most this many lines, this deep.
  maxLines = 6;

  show = value:
    let
      text = lib.generators.toPretty { } (lib.generators.withRecursion { depthLimit = 6; throwOnDepthLimit = false; } value);
      attempt = builtins.tryEval (builtins.seq (stringLength text) text);
      lines = lib.splitString "\n" attempt.value;
      shown = if length lines > maxLines then lib.take maxLines lines ++ [ "..." ] else lines;
    in
    if !attempt.success then "" else ": ${concatStringsSep "\n  " shown}";

  # The position where the last part of `loc` stands in the set that defined it.
  place = loc: def:
    let
      # An element of a list has no position of its own: that of the list is given (`at`).
      pos = if def.from or null == null || loc == [ ] then null else builtins.unsafeGetAttrPos (def.at or (lib.last loc)) def.from;
      file = toString def.file;
    in
    if pos == null then file
    else if pos.file == file || file == lib.options.unknownModule then "${pos.file}:${toString pos.line}:${toString pos.column}"
    else "${file}' (written at `${pos.file}:${toString pos.line}:${toString pos.column}')";

  quoted = loc: def: let p = place loc def; in if lib.hasSuffix ")" p then "`${p}" else "`${p}'";

  showDefinition = loc: def: "- In ${quoted loc def}${show def.value}";
  showDefinitionsAt = loc: defs: lib.concatMapStrings (def: "\n${showDefinition loc def}") defs;

  # Names near to `name` among `candidates`, nearest first.
  nearest = name: candidates:
    let
      limit = lib.max 2 (stringLength name / 3);
      distance = other:
        if lib.hasInfix name other || lib.hasInfix other name then lib.min 2 (lib.levenshtein name other) else lib.levenshtein name other;
      close = filter (c: lib.strings.levenshteinAtMost (limit + 6) name c && distance c <= limit) candidates;
    in
    lib.take 3 (lib.sortOn distance close);

  suggest = prefix: names:
    let shown = map (n: "`${showOption (prefix ++ [ n ])}'") names;
    in
    if shown == [ ] then ""
    else if length shown == 1 then "\n\nDid you mean ${head shown}?"
    else "\n\nDid you mean ${concatStringsSep ", " (lib.init shown)} or ${lib.last shown}?";

  # Every option of a tree whose last name is near to `name`: found when the prefix was wrong.
  elsewhere = name: options:
    let
      walk = depth: path: tree:
        concatMap
          (n:
            let v = tree.${n};
            in
            if n == "_module" || !isAttrs v then [ ]
            else lib.optional (n == name) (path ++ [ n ]) ++ lib.optionals (depth > 0 && !lib.isOption v) (walk (depth - 1) (path ++ [ n ]) v))
          (attrNames tree);
    in
    lib.take 3 (walk 4 [ ] options);
in
{
  inherit nearest showDefinitionsAt;

  # For a trace: which option, and where its definitions stand.
  context = loc: defs:
    let places = lib.take 3 (map (quoted loc) defs);
    in "while evaluating the option `${showOption loc}'" + (if places == [ ] then ":" else ", defined at ${concatStringsSep ", " places}:");

  showDefinitions = showDefinitionsAt [ ];
  showPlace = def: place [ ] def;

  conflict = loc: defs: throw ''
    The option `${showOption loc}' has conflicting definition values:${showDefinitionsAt loc defs}
    Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.'';

  multiple = loc: defs: message: throw ''
    The option `${showOption loc}' is defined multiple times while it's expected to be unique.
    ${if message == "" then "" else message + "\n"}Definition values:${showDefinitionsAt loc defs}
    Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.'';

  wrongType = loc: type: defs:
    let bad = filter (def: !type.check def.value) defs;
    in
    throw "A definition for option `${showOption loc}' is not of type `${type.description}'. Definition values:${showDefinitionsAt loc bad}";

  notDefined = loc: throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option.";

  readOnly = loc: defs:
    throw "The option `${showOption loc}' is read-only, but it's set multiple times. Definition values:${showDefinitionsAt loc defs}";

  # `prefix` leads to the level where `def.value` has names that are declared nowhere; `options` is the whole tree.
  unknown = { prefix, def, declared, options, root }:
    let
      name = head (attrNames def.value);
      loc = prefix ++ [ name ];
      near = nearest name (filter (n: n != "_module") declared);
      # Options of the same name at another place, when nothing near stands here.
      others = map (path: "`${showOption (root ++ path)}'") (elsewhere name options);
    in
    throw (
      "The option `${showOption loc}' does not exist. Definition values:${showDefinitionsAt loc [ (def // { from = def.value; value = def.value.${name}; }) ]}"
      + (
        if near != [ ] then suggest prefix near
        else if others != [ ] then "\n\nAn option of that name stands elsewhere: ${concatStringsSep ", " others}."
        else if declared == [ ] || prefix != [ ] && options == { } then ""
        else if length declared <= 20 && prefix != root then "\n\nOptions under `${showOption prefix}': ${concatStringsSep ", " (filter (n: n != "_module") declared)}."
        else ""
      )
      + (if options != { } || root != [ ] then "" else ''


        It seems as if you're trying to declare an option by placing it into `config' rather than `options'!'')
    );

  notASet = loc: def: declared:
    throw ''
      The option `${showOption loc}' is a set of options, but it is defined as a value of type `${builtins.typeOf def.value}':${showDefinitionsAt loc [ def ]}

      Its options are: ${concatStringsSep ", " (filter (n: n != "_module") declared)}.'';

  declaredTwice = loc: file: others:
    throw "The option `${showOption loc}' in `${toString file}' is already declared in ${lib.showFiles (map toString others)}.";

  notAnOption = loc: file: value:
    throw ''
      In module `${toString file}': expected an option declaration at option path `${showOption loc}' but got ${
        if isAttrs value && value._type or null == "option-type"
        then "an option type (`${value.name or "?"}'). Wrap it: `lib.mkOption { type = ...; }'."
        else "a value of type `${builtins.typeOf value}'${show value}. If this is a definition, put it under `config'."
      }'';

  optionAndSet = loc: optionFiles: setFiles:
    throw "The option `${showOption loc}' in module ${lib.showFiles (map toString optionFiles)} would be a parent of options in ${lib.showFiles (map toString setFiles)}, but its type has no options of its own. Give it the type `submodule' to extend it so.";

  unsupportedAttribute = file: names:
    let parts = map (n: "`${n}'") names;
    in
    throw "Module `${toString file}' has an unsupported attribute ${concatStringsSep ", " parts}. This is caused by introducing a top-level `config' or `options' attribute. Add configuration attributes immediately on the top level instead, or move all of them (namely: ${toString names}) into the explicit `config' attribute.";

  notAModule = file: value:
    throw "Expected a module, but found a value of type `${
      if isAttrs value && value ? _type then (if isString value._type then value._type else "?") else builtins.typeOf value
    }'${show value}, while trying to load a module into `${toString file}'.";

  missingArgument = { name, key, function, given }:
    let
      pos = builtins.unsafeGetAttrPos name (lib.functionArgs function);
      where = if pos != null then "${pos.file}:${toString pos.line}:${toString pos.column}" else key;
      names = filter (n: !lib.hasPrefix "_" n && n != "moduleType" && n != "extendModules") given;
      near = nearest name names;
    in
    throw ''
      The module at `${where}' takes the argument `${name}', which nobody gives. ${
        if near != [ ] then "Did you mean `${head near}'?" else "Given are: ${concatStringsSep ", " names}."
      }
      Set it with `_module.args.${name} = ...;' in a module, or with `specialArgs' where the modules are evaluated.'';
}
