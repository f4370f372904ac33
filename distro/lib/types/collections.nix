# Lists, sets and functions of another type.
{ lib }:

let
  inherit (builtins) all any attrNames concatLists concatMap filter head isAttrs isFunction isList length mapAttrs removeAttrs zipAttrsWith;
  inherit (lib.modules.properties) resolve isPlain;
  inherit (lib.modules.values) mergeResolved;
  inherit (lib.modules) errors;
  inherit (import ./base.nix { inherit lib; }) mkOptionType elemTypeFunctor optionDescriptionPhrase;

  phrase = elemType: optionDescriptionPhrase (class: class == "noun" || class == "composite") elemType;

  isBare = v: !(v ? _type);

  # The parts that every type of one element type has.
  container = name: elemType: { description, check, merge, emptyValue, sub }:
    mkOptionType {
      inherit name description check merge emptyValue;
      descriptionClass = "composite";
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ sub ]);
      inherit (elemType) getSubModules;
      substSubModules = m: lib.types.${name} (elemType.substSubModules m);
      functor = elemTypeFunctor name { inherit elemType; };
      nestedTypes.elemType = elemType;
    };

  # All definitions of a set, by name.
  byName = defs:
    if length defs == 1 then
      let def = head defs;
      in mapAttrs (_: value: [{ inherit (def) file; inherit value; from = def.value; }]) def.value
    else
      zipAttrsWith (_: ds: ds) (map (def: mapAttrs (_: value: { inherit (def) file; inherit value; from = def.value; }) def.value) defs);

  collections = rec {
    listOf = elemType: container "listOf" elemType {
      description = "list of ${phrase elemType}";
      check = isList;
      emptyValue = { value = [ ]; };
      sub = "*";
      merge = loc: defs:
        let
          # Elements that are values already need no merging of their own.
          simple = elemType.merge ? identity && all (def: all (x: isBare x && elemType.check x) def.value) defs;
          element = n: def: m: value:
            let found = (resolve [{ inherit (def) file; from = def.from or null; at = def.at or (lib.last loc); inherit value; }]).values;
            in
            if found == [ ] then [ ]
            else [ (mergeResolved (loc ++ [ "[definition ${toString n}-entry ${toString m}]" ]) elemType found) ];
        in
        if simple then (if length defs == 1 then (head defs).value else concatMap (def: def.value) defs)
        else concatLists (concatLists (lib.imap1 (n: def: lib.imap1 (element n def) def.value) defs));
    };

    nonEmptyListOf = elemType:
      let list = lib.types.addCheck (listOf elemType) (l: l != [ ]);
      in
      list // {
        description = "non-empty ${phrase list}";
        emptyValue = { };
        substSubModules = m: nonEmptyListOf (elemType.substSubModules m);
      };

    /* The names, and which of them are left after mkIf, are known before any element is evaluated. */
    attrsOf = elemType: container "attrsOf" elemType {
      description = "attribute set of ${phrase elemType}";
      check = isAttrs;
      emptyValue = { value = { }; };
      sub = "<name>";
      merge = loc: defs:
        let
          found = mapAttrs (_: ds: if all isPlain ds then ds else (resolve ds).values) (byName defs);
          gone = filter (name: found.${name} == [ ]) (attrNames found);
        in
        mapAttrs (name: ds: mergeResolved (loc ++ [ name ]) elemType ds) (if gone == [ ] then found else removeAttrs found gone);
    };

    /* As attrsOf, with values looked at when they are wanted; a name whose definitions are all conditioned away stays. */
    lazyAttrsOf = elemType: container "lazyAttrsOf" elemType {
      description = "lazy attribute set of ${phrase elemType}";
      check = isAttrs;
      emptyValue = { value = { }; };
      sub = "<name>";
      merge = loc: defs:
        mapAttrs
          (name: ds:
            let found = (resolve ds).values;
            in
            if found != [ ] then mergeResolved (loc ++ [ name ]) elemType found
            else elemType.emptyValue.value or (errors.notDefined (loc ++ [ name ])))
          (byName defs);
    };

    attrsWith = { elemType, lazy ? false, placeholder ? "name" }:
      if lazy then lazyAttrsOf elemType else attrsOf elemType;

    loaOf = attrsOf;

    /* One attribute, whose name chooses the option that its value belongs to. */
    attrTag = tags:
      let
        names = attrNames tags;
        listed = builtins.concatStringsSep ", " names;
      in
      mkOptionType {
        name = "attrTag";
        description = "attribute-tagged union with choices: ${listed}";
        descriptionClass = "noun";
        getSubOptions = prefix: mapAttrs (name: tag: tag // { loc = prefix ++ [ name ]; }) tags;
        check = v: isAttrs v && length (attrNames v) == 1 && tags ? ${head (attrNames v)};
        merge = loc: defs:
          let
            choice = head (attrNames (head defs).value);
            same = all (d: d.value ? ${choice}) defs;
            tagLoc = loc ++ [ choice ];
          in
          if !same then errors.conflict loc defs
          else {
            ${choice} = (lib.modules.tree.node tagLoc
              [{ file = (head defs).file; options = tags.${choice}; from = tags; }]
              (map (d: { inherit (d) file; value = d.value.${choice}; from = d.value; props = null; }) defs)).config;
          };
        nestedTypes = tags;
        functor = {
          name = "attrTag";
          type = { tags }: attrTag tags;
          wrapped = null;
          payload = { inherit tags; };
          binOp = a: b: if builtins.intersectAttrs a.tags b.tags != { } then null else { tags = a.tags // b.tags; };
        };
      };

    functionTo = elemType: mkOptionType {
      name = "functionTo";
      description = "function that evaluates to a(n) ${phrase elemType}";
      descriptionClass = "composite";
      check = lib.isFunction;
      merge = loc: defs: {
        # The arguments that the definitions name, together.
        __functionArgs = builtins.foldl' (acc: d: acc // lib.functionArgs d.value) { } defs;
        __functor = _: arg:
          lib.modules.values.mergeValue (loc ++ [ "<function body>" ]) elemType (map (d: { inherit (d) file; value = d.value arg; }) defs);
      };
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<function body>" ]);
      inherit (elemType) getSubModules;
      substSubModules = m: functionTo (elemType.substSubModules m);
      functor = elemTypeFunctor "functionTo" { inherit elemType; };
      nestedTypes.elemType = elemType;
    };
  };
in
collections
