# Files of /etc that a program has checked: what is not right cannot be built.
{ pkgs }:

/*
  The entry of environment.etc with the text, whose file is there only after the commands of `check` ended well, for which it is "$file".
  They have the programs of `tools`. What they print is shown if they fail.
*/
{
  name,
  text,
  tools,
  check,
}:
{
  inherit text;
  source =
    pkgs.runCommandLocal
      name
      {
        inherit text;
        passAsFile = [ "text" ];
        nativeBuildInputs = tools;
      }
      ''
        file=$PWD/${baseNameOf name}
        cp "$textPath" "$file"
        ${check}
        cp "$textPath" "$out"
      '';
}
