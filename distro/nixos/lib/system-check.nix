# Checks of a configuration by the system's own programs while it is built, for system.checks. `tree` is the system's: it is /usr for them.
{
  lib,
  pkgs,
  tree,
}:

rec {
  /*
    A derivation that fails if `script` does: shell code, with the further attributes as its variables. Nothing is checked where no sandbox
    can be made.
  */
  check =
    { name, script, ... }@args:
    derivation (removeAttrs args [ "script" ] // {
      name = "check-${name}";
      inherit (pkgs.stdenv.hostPlatform) system;
      builder = "/usr/bin/bash";
      args = [
        "-e"
        (pkgs.writeText "check-${name}.sh" ''
          export PATH=/usr/sbin:/usr/bin
          ${script}
          : > "$out"
        '')
      ];
      debianTree = "${tree}";
      onlyChecks = "1";
      preferLocalBuild = true;
      allowSubstitutes = false;
    });

  /*
    The check of a file with `text`: `script` is shell code that reads "$file", and fails if that is wrong. The error has what it prints,
    the lines of the file that this names, and the name of the `option` that they come from.
  */
  checkFile =
    {
      name,
      text,
      option,
      script,
      ...
    }@args:
    check (removeAttrs args [ "text" ] // {
      inherit option;
      source = pkgs.writeText name text;
      script = ''
        file=$PWD/$fileName
        cp "$source" "$file"
        chmod u+w "$file"
        name=$fileName
        ${builtins.readFile ./check-report.sh}
        if ! (${script}) > report 2>&1; then refuse; fi
        cat report
      '';
      fileName = name;
    });
}
