# Where definitions stand, as text.
{ lib }:

let
  inherit (builtins)
    concatMap
    concatStringsSep
    elemAt
    head
    isAttrs
    isList
    length
    match
    pathExists
    readFile
    substring
    tail
    ;

  # Values are shown in at most this many lines.
  maxLines = 6;

  at = pos: "${pos.file}:${toString pos.line}:${toString pos.column}";

  # Expressions of the command line have no file.
  isFile = file: substring 0 1 file == "/" && pathExists file;
  sourceLines = file: lib.splitString "\n" (readFile file);

  position =
    loc: def:
    # An element of a list has no position of its own: that of the list is given (`at`).
    if
      def.from or null == null || loc == [ ]
    then
      null
    else
      builtins.unsafeGetAttrPos (def.at or (lib.last loc)) def.from;

  # The value that is written at the position of the attribute `name`, where it's a number, a plain string, true, false or null.
  literal =
    name: pos:
    let
      line = elemAt (sourceLines pos.file) (pos.line - 1);
      found =
        match
          "\"?${lib.escapeRegex name}\"? *= *(true|false|null|-?[0-9]+(\\.[0-9]+)?|\"[^\"\\\\$]*\") *;.*"
          (substring (pos.column - 1) (-1) line);
    in
    if !isFile pos.file || found == null then null else elemAt found 0;
in
rec {
  /* The place where the last part of `loc` stands in the set that defined it. */
  place =
    loc: def:
    let
      pos = position loc def;
      file = toString def.file;
    in
    if pos == null then
      file
    else if pos.file == file || file == lib.options.unknownModule then
      at pos
    else
      "${file}' (written at `${at pos}')";

  /*
    Where the option of a name, or the part of its value that the name goes on to, is defined; an empty list, if no such option is
    known. Of the definitions no more is evaluated than for their value.
  */
  ofName =
    options: name:
    let
      # The parts of a name, without quotes and what escapes them.
      path =
        map
          (
            part:
            let
              text = head part;
            in
            if substring 0 1 text == "\"" then
              builtins.replaceStrings [ "\\n" "\\r" "\\t" "\\$" "\\\"" "\\\\" ] [
                "\n"
                "\r"
                "\t"
                "$"
                "\""
                "\\"
              ] (substring 1 (builtins.stringLength text - 2) text)
            else
              text
          )
          (builtins.filter isList (builtins.split "(\"([^\"\\]|\\\\.)*\"|[^.\"]+)" name));

      # The sets of a definition, whose properties have been looked at before.
      sets =
        value:
        if !isAttrs value then
          [ ]
        else if !(value ? _type) then
          [ value ]
        else if value._type == "if" then
          if value.condition then sets value.content else [ ]
        else if value._type == "merge" then
          concatMap sets value.contents
        else if value._type == "override" || value._type == "order" then
          sets value.content
        else
          [ ];
      # Positions of the last part of a path that a value has, with how many parts that are.
      within =
        depth: path: value:
        concatMap (
          set:
          let
            deeper = within (depth + 1) (tail path) set.${head path};
            pos = builtins.unsafeGetAttrPos (head path) set;
          in
          if path == [ ] || !(set ? ${head path}) then
            [ ]
          else if deeper != [ ] then
            deeper
          else if pos == null then
            [ ]
          else
            [
              {
                inherit depth;
                place = at pos;
              }
            ]
        ) (sets value);

      find =
        options: path:
        if options._type or null == "option" then
          let
            inside = concatMap (def: within 0 path def.value) options.definitionsWithPositions;
            deepest = lib.foldl' (depth: it: if it.depth > depth then it.depth else depth) 0 inside;
          in
          if inside != [ ] then
            map (it: it.place) (builtins.filter (it: it.depth == deepest) inside)
          else
            map (place options.loc) options.definitionsWithPositions
        else if path != [ ] && isAttrs options && options ? ${head path} then
          find options.${head path} (tail path)
        else
          [ ];
    in
    find options path;

  /* Where a text stands in the source from a position on, or the position itself. */
  mentioned =
    text: pos:
    let
      lines = lib.drop (pos.line - 1) (sourceLines pos.file);
      n = lib.lists.findFirstIndex (lib.hasInfix text) null lines;
      column = builtins.stringLength (elemAt (lib.splitString text (elemAt lines n)) 0) + 1;
    in
    if !isFile pos.file || n == null then
      at pos
    else
      at {
        inherit (pos) file;
        line = pos.line + n;
        inherit column;
      };

  quoted =
    loc: def:
    let
      p = place loc def;
    in
    if lib.hasSuffix ")" p then "`${p}" else "`${p}'";

  /* ": value", or nothing where it can't be shown. */
  showValue =
    value:
    let
      text = lib.generators.toPretty { } (
        lib.generators.withRecursion {
          depthLimit = 6;
          throwOnDepthLimit = false;
        } value
      );
      attempt = builtins.tryEval (builtins.deepSeq text text);
      lines = lib.splitString "\n" attempt.value;
      shown = if length lines > maxLines then lib.take maxLines lines ++ [ "..." ] else lines;
    in
    if !attempt.success then "" else ": ${concatStringsSep "\n  " shown}";

  # If a definition counts for another file than it's written in, the text names both.
  showAs =
    loc: def: value:
    let
      pos = position loc def;
      file = toString def.file;
      elsewhere = pos != null && pos.file != file && file != lib.options.unknownModule;
    in
    "- In `${if elsewhere then file else place loc def}'${value}"
    + (if elsewhere then "\n  (written at `${at pos}')" else "");

  showDefinition = loc: def: showAs loc def (showValue def.value);

  /* A line for each definition, with its value. */
  showDefinitionsAt = loc: lib.concatMapStrings (def: "\n${showDefinition loc def}");

  /* The same without evaluating anything: only a value that is written out in the source is shown. Definitions of what doesn't
     exist often mention more that doesn't exist. */
  showWritten =
    loc: def:
    let
      pos = position loc def;
      value = if pos == null then null else literal (lib.last loc) pos;
    in
    showAs loc def (if value == null then "" else ": ${value}");
}
