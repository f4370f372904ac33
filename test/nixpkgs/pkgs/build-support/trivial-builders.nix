# Builders of small files and of joined trees, with nixpkgs' names and arguments.
final: prev:

let
  inherit (final) lib stdenv;
in
rec {
  runCommand = name: env: buildCommand: stdenv.mkDerivation (
    { enableParallelBuilding = true; inherit buildCommand name; passAsFile = [ "buildCommand" ] ++ env.passAsFile or [ ]; }
    // builtins.removeAttrs env [ "passAsFile" ]
  );
  runCommandLocal = name: env: runCommand name ({ preferLocalBuild = true; allowSubstitutes = false; } // env);

  writeTextFile =
    { name, text, executable ? false, destination ? "" }:
    runCommand name
      {
        inherit text executable;
        passAsFile = [ "text" ];
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
      ''
        target=$out${lib.escapeShellArg destination}
        mkdir -p "$(dirname "$target")"
        if [ -e "$textPath" ]; then mv "$textPath" "$target"; else echo -n "$text" > "$target"; fi
        if [ -n "$executable" ]; then chmod +x "$target"; fi
      '';
  writeText = name: text: writeTextFile { inherit name text; };
  writeScript = name: text: writeTextFile { inherit name text; executable = true; };
  writeShellScript = name: text: writeScript name "#!${final.runtimeShell}\n${text}";
  writeShellScriptBin = name: text: writeTextFile {
    inherit name;
    executable = true;
    destination = "/bin/${name}";
    text = "#!${final.runtimeShell}\n${text}";
  };
  writeTextDir = path: text: writeTextFile { name = baseNameOf path; destination = "/${path}"; inherit text; };

  # Paths later in the list do not replace files of earlier ones.
  buildEnv =
    { name, paths, pathsToLink ? [ "/" ], postBuild ? "" }:
    runCommand name { inherit paths pathsToLink; preferLocalBuild = true; allowSubstitutes = false; } ''
      mkdir "$out"
      join() { # FROM TO
        local entry name
        for entry in "$1"/* "$1"/.[!.]*; do
          [ -e "$entry" ] || [ -L "$entry" ] || continue
          name=''${entry##*/}
          if [ -d "$entry" ] && [ -d "$2/$name" ]; then
            if [ -L "$2/$name" ]; then
              local old; old=$(readlink -f "$2/$name")
              rm "$2/$name"; mkdir "$2/$name"
              join "$old" "$2/$name"
            fi
            join "$entry" "$2/$name"
          elif ! [ -e "$2/$name" ]; then
            ln -s "$entry" "$2/$name"
          fi
        done
      }
      for path in $paths; do
        for link in $pathsToLink; do
          [ -d "$path$link" ] || continue
          mkdir -p "$out$link"
          join "$path$link" "$out$link"
        done
      done
      ${postBuild}
    '';
  symlinkJoin = { name, paths, postBuild ? "" }: buildEnv { inherit name paths postBuild; };
}
