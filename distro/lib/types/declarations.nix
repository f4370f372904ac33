# Types of what the module system itself is made of: options and types.
{ lib }:

let
  inherit (builtins) head length map;
  inherit (import ./base.nix { inherit lib; }) isType mkOptionType identityMerge;
in
{
  /* What mkOption returns; not the option of an evaluation. */
  optionDeclaration = mkOptionType {
    name = "optionDeclaration";
    description = "option declaration";
    descriptionClass = "noun";
    check = option: isType "option" option && !(option ? value);
  };

  /* Several types are merged as if an option were declared with each. */
  optionType = mkOptionType {
    name = "optionType";
    description = "optionType";
    descriptionClass = "noun";
    check = isType "option-type";
    merge = identityMerge (
      loc: defs:
      if length defs == 1 then
        (head defs).value
      else
        (lib.modules.leaf.merge loc (
          map (def: {
            inherit (def) file;
            options = lib.mkOption { type = def.value; };
            from = null;
          }) defs
        )).type
    );
  };
}
