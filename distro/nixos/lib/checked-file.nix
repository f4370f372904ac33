# Files of /etc that a program has checked: what is not right cannot be built.
{ pkgs }:

/*
  The entry of environment.etc with the text, whose file is there only after the commands of `check` ended well, for which it is "$file".
  They have the programs of `tools`. What they print is shown if they fail.
*/
{
  name,
  text,
  # What is checked instead: without what only the machine has, such as its folders.
  checkedText ? text,
  tools,
  check,
}:
{
  inherit text;
  source =
    pkgs.runCommandLocal
      name
      {
        inherit text checkedText;
        passAsFile = [ "text" "checkedText" ];
        nativeBuildInputs = tools;
      }
      ''
        file=$PWD/${baseNameOf name}
        cp "$checkedTextPath" "$file"
        if ! ( ${check} ); then
          echo "The file that was refused:" >&2
          cat -n "$file" >&2
          exit 1
        fi
        cp "$textPath" "$out"
      '';
}
