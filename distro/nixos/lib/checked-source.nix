# Configuration files that a program checks when they are made: a broken one cannot be built.
{ lib, pkgs }:

let
  # JSON with a field on each line, so that a checker's line numbers say something.
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
  prettyJSON = value: pretty "" value + "\n";

  /* A copy of the file at `source`, if `check` accepts it: shell code that reads "$file". Otherwise the build fails with what it prints,
     the lines of the file that this names by their numbers or quotes, and the name of the option that they come from. */
  checkedFile =
    {
      name,
      source,
      check,
      packages,
      option,
    }:
    pkgs.runCommandLocal
      name
      {
        nativeBuildInputs = packages;
        inherit source;
      }
      ''
        name=${lib.escapeShellArg name}
        file=$PWD/$name
        cp "$source" "$file"
        if ! (${check}) > report 2>&1; then
          {
            sed "s|$file|$name|g" report | grep -v '^ *$'
            {
              grep -oE "(line |$name: ?)[0-9]+" report | grep -oE '[0-9]+$'
              grep -oE '"[^"]+"' report | grep -nFf - "$file" | cut -d : -f 1
            } | sort -nu | head -n 5 | while read -r number; do
              echo "line $number of $name: $(sed -n "''${number}p" "$file")"
            done
            echo ${lib.escapeShellArg "This comes from ${option}."}
          } >&2 || true
          exit 1
        fi
        cp "$source" "$out"
      '';
}
