# Configuration files that a program checks when they are made: a broken one cannot be built.
{ lib, pkgs }:

/* The file at `source`, if `check` accepts it: shell code that reads "$file". Otherwise the build fails with what that prints, the lines of
   the file whose numbers it has, and the name of the option that they come from. */
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
    file=$PWD/${lib.escapeShellArg name}
    cp "$source" "$file"
    if ! (${check}) > report 2>&1; then
      sed "s|$file|${name}|g" report >&2
      grep -oE 'line [0-9]+|:[0-9]+:' report | grep -oE '[0-9]+' | sort -nu | head -n 5 | while read -r number; do
        echo "line $number of ${name}: $(sed -n "''${number}p" "$file")" >&2
      done
      echo ${lib.escapeShellArg "This comes from ${option}."} >&2
      exit 1
    fi
    cp "$source" "$out"
  ''
