# A configuration file that its own program accepts. The machine's file is what the check leaves, so that a broken one cannot be built,
# and the error of the build has the program's words and the file with its lines' numbers.
{ lib, pkgs }:

{
  # The file's name in the store.
  name,
  # Its text, or a file that has it.
  text ? null,
  source ? null,
  # The package that has the program: Debian's, whose files are in /usr while building, or another one.
  package,
  # Commands of a shell that fail if the program refuses the file `file'.
  check,
  # The option that the file is made from.
  option,
}:

pkgs.runCommandLocal
  name
  (
    (
      if package ? debianPackage || package ? debianPackages then
        { debianBuildPackages = package.debianPackages or [ package.debianPackage ]; }
      else
        { nativeBuildInputs = [ package ]; }
    )
    // (
      if source != null then
        { inherit source; }
      else
        {
          inherit text;
          passAsFile = [ "text" ];
        }
    )
  )
  ''
    cp "''${textPath:-$source}" file
    chmod u+w file
    if ! (${check}) > output 2>&1; then
      cat -n file >&2
      cat output >&2
      echo ${lib.escapeShellArg "${option}: ${lib.getName package} refuses this ${name}."} >&2
      exit 1
    fi
    cp file $out
  ''
