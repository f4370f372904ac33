# One attribute, whose name chooses the option that its value belongs to: { file = "x"; } or { text = "y"; }.
{ lib }:

let
  inherit (builtins) attrNames concatStringsSep head isAttrs length map mapAttrs unsafeGetAttrPos;
  inherit (lib) showOption;
  inherit (lib.strings) escapeNixIdentifier;
  inherit (import ./base.nix { inherit lib; }) mkOptionType defaultFunctor ownMerge;

  # What stands in `tags`, checked, and with the place where it's declared.
  declared =
    tags: name: option:
    let
      pos = unsafeGetAttrPos name tags;
      tag = escapeNixIdentifier name;
      known = value: if pos == null then [ ] else [ value ];
      what =
        if !(option ? _type) then
          "was not."
        else if option._type == "option-type" then
          "was a bare type, not wrapped in mkOption."
        else
          "was of type ${lib.strings.escapeNixString option._type}.";
      where =
        if pos == null then "" else " at ${pos.file}:${toString pos.line}:${toString pos.column}";
    in
    builtins.addErrorContext
      "while checking that attrTag tag ${tag} is an option with a type${where}"
      (
        if option._type or null != "option" then
          throw "In attrTag, each tag value must be an option, but tag ${tag} ${what}"
        else
          option
          // {
            declarations = option.declarations or (known pos.file);
            declarationPositions = option.declarationPositions or (known pos);
          }
      );

  # Tags of two declarations: those of both are one option.
  both =
    a: b:
    a
    // b
    // mapAttrs (
      name: other:
      lib.modules.mergeOptionDecls [ name ] (
        map (options: {
          inherit options;
          _file = "<attrTag {...}>";
          pos = null;
        }) [ a.${name} other ]
      )
      // {
        declarations = a.${name}.declarations ++ other.declarations;
        declarationPositions = a.${name}.declarationPositions ++ other.declarationPositions;
      }
    ) (builtins.intersectAttrs a b);

  attrTag =
    given:
    let
      tags = mapAttrs (declared given) given;
      choices = concatStringsSep ", " (map escapeNixIdentifier (attrNames tags));
      chosen = def: head (attrNames def.value);
    in
    mkOptionType {
      name = "attrTag";
      description = "attribute-tagged union with choices: ${choices}";
      descriptionClass = "noun";
      getSubOptions = prefix: mapAttrs (name: option: option // { loc = prefix ++ [ name ]; }) tags;
      check = v: isAttrs v && length (attrNames v) == 1 && tags ? ${head (attrNames v)};
      merge = ownMerge (
        loc: defs:
        let
          choice = chosen (head defs);
          other = lib.findFirst (def: chosen def != choice) null defs;
          files = lib.showFiles (lib.options.getFiles defs);
          within = map (def: {
            inherit (def) file;
            value = def.value.${choice};
            from = def.value;
          }) defs;
        in
        if !(tags ? ${choice}) then
          throw (
            "The option `${showOption loc}` is defined as ${escapeNixIdentifier choice}, but "
            + "${escapeNixIdentifier choice} is not among the valid choices (${choices}), in ${files}."
          )
        else if other != null then
          throw
            "The option `${showOption loc}` is defined both as `${choice}` and `${chosen other}`, in ${files}."
        else
          {
            ${choice} =
              (lib.modules.evalOptionValue (loc ++ [ choice ]) tags.${choice} within).value;
          }
      );
      nestedTypes = tags;
      functor = defaultFunctor "attrTag" // {
        type = payload: attrTag payload.tags;
        payload = { inherit tags; };
        binOp = a: b: { tags = both a.tags b.tags; };
      };
    };
in
{ inherit attrTag; }
