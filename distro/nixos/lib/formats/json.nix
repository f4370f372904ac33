# JSON with a field on each line, so that line numbers in a checker's errors say something.
{ lib }:

let
  pretty =
    indent: value:
    let
      deeper = indent + "  ";
      block =
        open: items: close:
        if items == [ ] then
          open + close
        else
          "${open}\n${lib.concatMapStringsSep ",\n" (item: deeper + item) items}\n${indent}${close}";
    in
    if builtins.isAttrs value && !lib.isDerivation value then
      block
        "{"
        (lib.mapAttrsToList (name: v: "${builtins.toJSON name}: ${pretty deeper v}") value)
        "}"
    else if builtins.isList value then
      block "[" (map (pretty deeper) value) "]"
    else
      builtins.toJSON value;
in
{
  /* The value as text, with a line break at its end. */
  pretty = value: pretty "" value + "\n";
}
