# Functions with results of another type.
{ lib }:

let
  inherit (builtins) all map;
  inherit (import ./base.nix { inherit lib; })
    mkOptionType
    elemTypeFunctor
    optionDescriptionPhrase
    ownMerge
    ;

  functionTo =
    elemType:
    mkOptionType {
      name = "functionTo";
      description = "function that evaluates to a(n) ${optionDescriptionPhrase (class: class == "noun" || class == "composite") elemType}";
      descriptionClass = "composite";
      check = lib.isFunction;
      merge = ownMerge (loc: defs: {
        # An argument may be left out if all definitions can do without it.
        __functionArgs = builtins.zipAttrsWith (_: all (optional: optional)) (
          map (def: lib.functionArgs def.value) defs
        );
        __functor =
          _: arg:
          lib.modules.values.mergeValue (loc ++ [ "<function body>" ]) elemType (
            map (def: {
              inherit (def) file;
              value = def.value arg;
            }) defs
          );
      });
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<function body>" ]);
      inherit (elemType) getSubModules;
      substSubModules = m: functionTo (elemType.substSubModules m);
      functor = elemTypeFunctor "functionTo" { inherit elemType; };
      nestedTypes.elemType = elemType;
    };
in
{ inherit functionTo; }
