# One option: its declarations as one, its definitions as its value.
{ lib }:

let
  inherit (builtins) concatMap foldl' head length map removeAttrs tail;
  inherit (lib.modules) errors;
  inherit (lib.modules.properties) mkOptionDefault;
  inherit (lib.modules.resolve) resolve;
  inherit (lib.modules.values) accepted attempt elementMeta mergeResolved ofNothing;

  /* The value of an option, and the option with all that is known of it: { config, options, unmatched }. `decls` are its
     declarations { file, options, from }, `option` what they say together. */
  evaluate =
    loc: decls: option: defs:
    let
      type = option.type or lib.types.unspecified;

      # The default takes part as the weakest definition.
      default = {
        inherit (head decls) file;
        from = option;
        value = option.default;
      };
      resolved =
        if defs == [ ] then
          {
            values = [ ];
            highestPrio = 9999;
          }
        else
          resolve defs;
      final =
        if !(option ? default) || resolved.values != [ ] && resolved.highestPrio < 1500 then
          resolved
        else if defs == [ ] && !(option.default ? _type) then
          {
            values = [ default ];
            highestPrio = 1500;
          }
        else
          resolve ([ (default // { value = mkOptionDefault option.default; }) ] ++ defs);

      checkedDefs =
        if option.readOnly or false && length defs + (if option ? default then 1 else 0) > 1 then
          errors.readOnly loc (if option ? default then [ default ] ++ defs else defs)
        else
          final.values;

      # Shared with valueMeta, where a value and what is known of it come together.
      outcome = attempt loc type checkedDefs;
      merged =
        if checkedDefs == [ ] then
          ofNothing loc type
        else if type.merge ? shared then
          accepted loc type outcome
        else
          mergeResolved loc type checkedDefs;

      value = builtins.addErrorContext (errors.context loc defs) (
        if type.deprecationMessage or null != null then
          deprecated loc type decls (if option ? apply then option.apply merged else merged)
        else if option ? apply then
          option.apply merged
        else
          merged
      );
    in
    {
      unmatched = [ ];
      config = value;
      options = option // {
        inherit loc type value;
        declarations = map (d: d.file) decls;
        declarationPositions = map (position loc) decls;
        options = [ ];
        isDefined = final.values != [ ];
        inherit (final) highestPrio;
        definitions = map (d: d.value) final.values;
        # The same with the sets that they stand in, for errors.
        definitionsWithPositions = final.values;
        definitionsWithLocations = map (d: { inherit (d) file value; }) final.values;
        files = map (d: d.file) final.values;
        valueMeta = elementMeta type outcome;
        __toString = _: lib.showOption loc;
      };
    };

  deprecated =
    loc: type: decls:
    lib.warn (
      "The type `types.${type.name}' of option `${lib.showOption loc}' defined in "
      + "${lib.showFiles (map (d: d.file) decls)} is deprecated. ${type.deprecationMessage}"
    );

  position =
    loc: d:
    let
      pos = if d.from == null then null else builtins.unsafeGetAttrPos (lib.last loc) d.from;
    in
    if pos == null then
      {
        inherit (d) file;
        line = null;
        column = null;
      }
    else
      pos;

  # A submodule's own modules are marked with the file that they stand in, so that its options and defaults name it.
  hasModules = option: option.type.getSubModules or null != null;
  ownModules =
    d:
    if hasModules d.options then
      map (lib.modules.locate d.file) d.options.type.getSubModules
    else
      [ ];

  # What may be said by one declaration only.
  once = [ "default" "example" "description" "apply" ];

  /* One option of several declarations { file, options, from }: types merge, what both say the first has said. */
  merge =
    loc: decls:
    let
      step =
        acc: d:
        let
          option = d.options;
          mergedType = acc.option.type.typeMerge option.type.functor;
          twice = errors.declaredTwice loc d.file acc.files;
        in
        if builtins.any (name: acc.option ? ${name} && option ? ${name}) once then
          twice
        else
          {
            option =
              option
              // acc.option
              // (
                if !(acc.option ? type && option ? type) then
                  { }
                else
                  { type = if mergedType == null then twice else mergedType; }
              );
            files = acc.files ++ [ d.file ];
          };
      first = head decls;
      inherit (foldl' step {
        option = first.options;
        files = [ first.file ];
      } (tail decls))
        option
        ;
    in
    # The last declared comes first, as in nixpkgs.
    if
      hasModules option
    then
      option
      // { type = option.type.substSubModules (concatMap ownModules (lib.reverseList decls)); }
    else
      option;
in
{
  inherit merge;

  leaf =
    loc: decls:
    evaluate loc decls (
      if length decls > 1 then
        merge loc decls
      else
        let
          option = (head decls).options;
        in
        if option ? type && option.type.getSubModules or null != null then
          option // { type = option.type.substSubModules (ownModules (head decls)); }
        else
          option
    );

  /* An option that has its `declarations` already, and definitions { file, value }. */
  evalOptionValue =
    loc: opt: defs:
    (evaluate loc [
      {
        file = head (opt.declarations ++ [ lib.options.unknownModule ]);
        from = null;
      }
    ] opt defs).options
    // (if opt ? declarations then { inherit (opt) declarations; } else { })
    // (if opt ? declarationPositions then { inherit (opt) declarationPositions; } else { });

  # nixpkgs' names and shape: declarations are { _file, options, pos }; the modules of a submodule's type wait in `options`.

  mergeOptionDecls =
    loc: decls:
    let
      own = map (d: {
        file = d._file;
        inherit (d) options;
        from = null;
      }) decls;
      at =
        d:
        if d.pos or null != null then
          d.pos
        else
          {
            file = d._file;
            line = null;
            column = null;
          };
    in
    merge loc own
    // {
      inherit loc;
      declarations = map (d: d._file) decls;
      declarationPositions = map at decls;
      options = concatMap ownModules (lib.reverseList own);
    };

  fixupOptionType =
    loc: opt:
    if hasModules opt then
      opt
      // {
        type = opt.type.substSubModules opt.options;
        options = [ ];
      }
    else
      opt // { type = opt.type or lib.types.unspecified; };
}
