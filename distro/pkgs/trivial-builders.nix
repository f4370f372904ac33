# Builders that only write files and links: they run inside bootflake, without a process.
{ lib, self }:

let
  inherit (builtins)
    concatStringsSep
    isAttrs
    isList
    isPath
    isString
    map
    mapAttrs
    removeAttrs
    toJSON
    toString
    ;

  builderRevisions = import ./builder-revisions.nix;

  # A derivation of a built-in builder, with nixpkgs' extras on top.
  builtinDerivation =
    builder:
    {
      name,
      meta ? { },
      passthru ? { },
      ...
    }@args:
    let
      drv = derivation (
        {
          inherit name;
          system = "builtin";
          builder = "builtin:${builder}";
          __structuredAttrs = true;
        }
        // (
          if builderRevisions ? ${builder} then
            { builderRevision = builderRevisions.${builder}; }
          else
            { }
        )
        // removeAttrs args [ "meta" "passthru" ]
      );
    in
    drv
    // passthru
    // {
      inherit meta passthru;
      overrideAttrs =
        f:
        builtinDerivation builder (
          args
          // (
            if lib.isFunction f then
              (
                let
                  g = f args;
                in
                if lib.isFunction g then g args else g
              )
            else
              f
          )
        );
    };

  tree = args: builtinDerivation "tree" args;

  modeOf = executable: if executable then "0555" else "0444";

  relative = path: lib.removePrefix "/" path;

  readFiles = lib.concatMapStrings (file: builtins.readFile file);
  # A copy of joined links, of which the first two levels of folders are real, so that a script can replace what is in them.
  withPostBuild =
    args: joined:
    self.runCommand
      args.name
      {
        inherit joined;
        inherit (args) nativeBuildInputs buildInputs passthru meta;
      }
      ''
        cp -a "$joined" "$out"
        chmod -R u+w "$out"
        for level in 1 2; do
          while IFS= read -r -d "" link; do
            target=$(readlink -f "$link")
            rm "$link"
            mkdir "$link"
            for entry in "$target"/* "$target"/.[!.]*; do ln -s "$entry" "$link/"; done
          done < <(find "$out" -mindepth "$level" -maxdepth "$level" -type l -xtype d -print0)
        done
        cd "$out"
        ${args.postBuild}
      '';
in
rec {
  inherit builtinDerivation;

  # Of files

  writeTextFile =
    {
      name ? baseNameOf destination,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
      passthru ? { },
      allowSubstitutes ? false,
      preferLocalBuild ? true,
      derivationArgs ? { },
      pos ? null,
    }:
    tree ({
      name = lib.strings.sanitizeDerivationName name;
      meta =
        (
          if executable && lib.hasPrefix "/bin/" destination then
            { mainProgram = baseNameOf destination; }
          else
            { }
        )
        // meta;
      inherit passthru;
      entries = [
        {
          path = relative destination;
          text = "${text}";
          mode = modeOf executable;
        }
      ];
    } // derivationArgs);

  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir =
    path: text:
    writeTextFile {
      name = baseNameOf path;
      inherit text;
      destination = "/${path}";
    };
  writeScript =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
    };
  writeScriptBin =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
    };

  # The shell of scripts: a path in the store, so that scripts depend on it.
  runtimeShell = "${self.debianPackages.bash}/bin/bash";
  runtimeShellPackage = self.debianPackages.bash;
  shellPath = "/bin/bash";

  writeShellScript = name: text: writeScript name "#!${runtimeShell}\n${text}\n";
  writeShellScriptBin = name: text: writeScriptBin name "#!${runtimeShell}\n${text}\n";

  /* A script with `set -euo pipefail` and a PATH of its inputs. It is not checked by shellcheck: nothing is run while building. */
  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      runtimeEnv ? null,
      meta ? { },
      passthru ? { },
      checkPhase ? null,
      excludeShellChecks ? [ ],
      extraShellCheckFlags ? [ ],
      bashOptions ? [ "errexit" "nounset" "pipefail" ],
      derivationArgs ? { },
      inheritPath ? true,
    }:
    let
      path = lib.makeBinPath runtimeInputs;
      environment = lib.optionalString (runtimeEnv != null) (
        lib.concatStrings (
          lib.mapAttrsToList (n: v: "${lib.toShellVar n v}\nexport ${n}\n") runtimeEnv
        )
      );
    in
    writeTextFile {
      inherit name passthru derivationArgs;
      meta = { mainProgram = name; } // meta;
      executable = true;
      destination = "/bin/${name}";
      text =
        "#!${runtimeShell}\n"
        + lib.concatMapStrings (option: "set -o ${option}\n") bashOptions
        + (if environment == "" then "" else "\n${environment}")
        + lib.optionalString
          (runtimeInputs != [ ])
          "\nexport PATH=\"${path}${lib.optionalString inheritPath ":$PATH"}\"\n"
        + "\n${text}\n";
    };

  pythonWith =
    libraries: if libraries == [ ] then self.python3 else self.python3.withPackages (_: libraries);

  writers = {
    writeBash = writeShellScript;
    writeBashBin = writeShellScriptBin;
    writeDash = name: text: writeScript name "#!${self.debianPackages.dash}/bin/dash\n${text}\n";
    writeDashBin =
      name: text: writeScriptBin name "#!${self.debianPackages.dash}/bin/dash\n${text}\n";
    writePython3 =
      name:
      {
        libraries ? [ ],
        ...
      }:
      text: writeScript name "#!${pythonWith libraries}/bin/python3\n${text}\n";
    writePython3Bin =
      name:
      {
        libraries ? [ ],
        ...
      }:
      text: writeScriptBin name "#!${pythonWith libraries}/bin/python3\n${text}\n";
    writeJSON = name: value: writeText name (toJSON value);
    writeText = writeText;
    # nginx reads it as it is, in whichever layout.
    writeNginxConfig = writeText;
  };

  emptyFile = writeText "empty-file" "";
  emptyDirectory = tree {
    name = "empty-directory";
    entries = [ ];
  };

  /* The concatenated texts of the files, read during evaluation. */
  concatText = name: files: writeText name (readFiles files);
  concatScript = name: files: writeScript name (readFiles files);

  /* A file with every @name@ replaced; a value of null stays as it is. */
  replaceVars = src: replacements: replaceVarsWith { inherit src replacements; };
  replaceVarsWith =
    {
      src,
      replacements,
      name ? baseNameOf (toString src),
      isExecutable ? false,
      dir ? null,
      meta ? { },
      passthru ? { },
      ...
    }:
    let
      file = toString src;
      template = builtins.readFile src;
      names = builtins.filter (n: replacements.${n} != null) (builtins.attrNames replacements);
      unused = builtins.filter (n: !lib.hasInfix "@${n}@" template) names;
      left = builtins.filter (part: isList part && !(replacements ? ${builtins.head part})) (
        builtins.split "@([a-zA-Z_][0-9a-zA-Z_'-]*)@" template
      );
    in
    if unused != [ ] then
      throw "pkgs.replaceVars: ${file} has no @${builtins.head unused}@. Remove that value."
    else if left != [ ] then
      throw
        "pkgs.replaceVars: ${file} has @${builtins.head (builtins.head left)}@, for which there is no value. Give one, or null to keep it."
    else
      writeTextFile {
        inherit name meta passthru;
        text =
          builtins.replaceStrings
            (map (n: "@${n}@") names)
            (map (n: toString replacements.${n}) names)
            template;
        executable = isExecutable;
        destination = if dir == null then "" else "/${dir}/${name}";
      };

  /* As nixpkgs had it until 25.05: a file with @name@ replaced for the attributes whose names begin with a small letter. What the file
     has no use for, or no value for, is left alone. */
  substituteAll =
    {
      src,
      name ? baseNameOf (toString src),
      isExecutable ? false,
      dir ? null,
      ...
    }@args:
    let
      values =
        lib.filterAttrs (attribute: _: builtins.match "[a-z][a-zA-Z0-9_]*" attribute != null) (
          removeAttrs args [ "src" "name" "isExecutable" "dir" "meta" "passthru" ]
        );
      names = builtins.attrNames values;
    in
    writeTextFile {
      inherit name;
      text =
        builtins.replaceStrings (map (n: "@${n}@") names) (map (n: toString values.${n}) names) (
          builtins.readFile src
        );
      executable = isExecutable;
      destination = if dir == null then "" else "/${dir}/${name}";
    };

  # Of links

  linkFarm =
    name: entries:
    let
      list =
        if isAttrs entries then
          lib.mapAttrsToList (name: path: { inherit name path; }) entries
        else
          entries;
      # Of entries with the same name, the last counts.
      byName = builtins.listToAttrs (
        map (e: {
          inherit (e) name;
          value = e.path;
        }) (lib.reverseList list)
      );
    in
    tree {
      inherit name;
      entries = lib.mapAttrsToList (path: target: {
        path = relative path;
        target = "${target}";
      }) byName;
      passthru.entries = byName;
    };
  linkFarmFromDrvs =
    name: drvs:
    linkFarm name (
      map (drv: {
        inherit (drv) name;
        path = drv;
      }) drvs
    );

  /* Links to everything in the paths, directories merged. */
  buildEnv =
    {
      name,
      paths,
      pathsToLink ? [ "/" ],
      ignoreCollisions ? false,
      extraOutputsToInstall ? [ ],
      manifest ? "",
      extraPrefix ? "",
      postBuild ? "",
      nativeBuildInputs ? [ ],
      buildInputs ? [ ],
      passthru ? { },
      meta ? { },
      checkCollisionContents ? true,
      ignoreSingleFileOutputs ? false,
      includeClosures ? false,
      ...
    }:
    if postBuild != "" then
      withPostBuild { inherit name postBuild nativeBuildInputs buildInputs passthru meta; } (
        buildEnv {
          inherit name paths pathsToLink ignoreCollisions;
        }
      )
    else
      builtinDerivation "buildenv" {
        name = lib.strings.sanitizeDerivationName name;
        inherit meta passthru ignoreCollisions;
        pathsToLink = lib.toList pathsToLink;
        paths = map (
          pkg:
          if pkg ? meta.priority then
            {
              path = "${pkg}";
              inherit (pkg.meta) priority;
            }
          else
            "${pkg}"
        ) (builtins.filter (p: p != null) paths);
      };

  symlinkJoin =
    {
      name ? "${pname}-${version}",
      pname ? null,
      version ? null,
      paths,
      postBuild ? "",
      meta ? { },
      passthru ? { },
      ...
    }@args:
    if postBuild != "" then
      withPostBuild
        {
          inherit name postBuild passthru meta;
          nativeBuildInputs = args.nativeBuildInputs or [ ];
          buildInputs = args.buildInputs or [ ];
        }
        (buildEnv {
          inherit name paths;
          ignoreCollisions = true;
        })
    else
      buildEnv {
        inherit name paths meta passthru;
        ignoreCollisions = true;
      };

  formats = import ./formats.nix { inherit lib self; };

  # Files and trees as they are

  copyPathToStore = path: builtins.path { inherit path; };
  copyPathsToStore = map copyPathToStore;
  srcOnly = args: args.src or args;

  writeReferencesToFile =
    drv:
    throw "pkgs.writeReferencesToFile has been removed, and pkgs.writeClosure is not available.";
  writeClosure =
    paths:
    throw
      "pkgs.writeClosure is not available: the references of store paths are not known during evaluation.";
  closureInfo =
    args:
    throw
      "pkgs.closureInfo is not available: the references of store paths are not known during evaluation.";
}
