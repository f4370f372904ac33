# Configuration files that a program checks while the system is built: what it refuses cannot be built.
{ lib, pkgs }:

let
  isDebian = import ../../pkgs/is-debian.nix;
  namesOf = package: package.debianPackages or [ package.debianPackage ];
in
/*
  The file with `text`, or that at `source`, if `check` accepts it: shell code that reads "$file", which is a copy of the file, or of the
  text `checked` where the file names what only the machine has. It has the programs of `packages`. Otherwise the build fails with what it
  prints, the lines of the file that this names by their numbers or in quotes, and the name of the option that they come from.
*/
{
  name,
  text ? null,
  source ? pkgs.writeText name text,
  checked ? null,
  check,
  packages,
  option,
}:

pkgs.runCommandLocal
  name
  {
    # Debian's programs are in /usr while building.
    debianBuildPackages = lib.concatMap namesOf (builtins.filter isDebian packages);
    nativeBuildInputs = builtins.filter (package: !(isDebian package)) packages;
    inherit source;
    tried = if checked == null then source else pkgs.writeText name checked;
  }
  ''
    PATH=$PATH:/usr/bin:/usr/sbin
    name=${lib.escapeShellArg name}
    file=$PWD/$name
    cp "$tried" "$file"
    chmod u+w "$file"
    option=${lib.escapeShellArg option}
    ${builtins.readFile ./check-report.sh}
    if ! (${check}) > report 2>&1; then refuse; fi
    cp "$source" "$out"
  ''
