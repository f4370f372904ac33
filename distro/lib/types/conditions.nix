# Types with one more condition: on a value, or on the number of its definitions.
{ lib }:

let
  inherit (lib.modules.values) attempt mergeUnchecked;
  inherit (import ./base.nix { inherit lib; })
    mkOptionType
    elemTypeFunctor
    checkedByMerge
    headErrorOf
    mergeWithMeta
    ownMerge
    ;

  # Of a merge of the second kind, which checks by itself.
  checkedMerge =
    type: check:
    let
      merge = mergeWithMeta (
        { loc, defs }:
        let
          outcome = attempt loc type defs;
        in
        outcome
        // {
          headError =
            if outcome.headError != null then outcome.headError else headErrorOf check loc defs;
        }
      );
    in
    # What is quick for the type is so for its values that pass one more check.
    merge
    // (
      if type.check ? isV2MergeCoherent then
        builtins.intersectAttrs {
          identity = null;
          direct = null;
        } type.merge
      else
        { }
    );
in
rec {
  addCheck =
    type: check:
    let
      both = x: type.check x && check x;
    in
    type
    // {
      check = if type.merge ? v2 then checkedByMerge both else both;
      ${if type.merge ? v2 then "merge" else null} = checkedMerge type check;
      ${if type ? substSubModules then "substSubModules" else null} =
        m: addCheck (type.substSubModules m) check;
    };

  /* One definition only; `message` is the error for more. */
  unique =
    { message }:
    type:
    mkOptionType {
      name = "unique";
      inherit (type) description descriptionClass check emptyValue getSubOptions getSubModules;
      merge = ownMerge (
        lib.options.mergeUniqueOption {
          inherit message;
          merge = loc: mergeUnchecked loc type;
        }
      );
      substSubModules = m: unique { inherit message; } (type.substSubModules m);
      functor = elemTypeFunctor "unique" { elemType = type; } // {
        type = payload: unique { inherit message; } payload.elemType;
      };
      nestedTypes.elemType = type;
    };
  uniq = unique { message = ""; };
}
