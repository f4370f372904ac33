# buildNpmPackage, fetchNpmDeps and importNpmLock: software of npm over Debian's node. Hashes of dependencies are nixpkgs'.
{ lib, self }:

let
  inherit (builtins) elemAt match removeAttrs;

  npmFor =
    nodejs:
    let
      # Debian's npm is a package of its own, which the machine does not need.
      isDebian = import ../is-debian.nix nodejs;
    in
    {
      build = nodejs;
      host = if isDebian then self.debianPackages.nodejs else nodejs;
      program = if isDebian then "/usr/bin/node" else "${nodejs}/bin/node";
    };

  hook =
    name: variables: files:
    self.writeTextFile {
      inherit name;
      destination = "/nix-support/setup-hook";
      text =
        lib.concatStrings (lib.mapAttrsToList (variable: value: "${variable}=${value}\n") variables)
        + lib.concatMapStrings builtins.readFile files;
    };
  hooksFor = nodejs: {
    npmConfigHook = hook "npm-config-hook" { npmTools = "${./npm-deps.mjs}"; } [
      ./environment.sh
      ./config.sh
    ];
    importNpmLockHook = hook "import-npm-lock-hook" { } [ ./environment.sh ./import-lock.sh ];
    npmBuildHook = hook "npm-build-hook" { } [ ./build.sh ];
    npmInstallHook = hook "npm-install-hook" {
      npmInstallTool = "${./install.mjs}";
      npmHostNode = (npmFor nodejs).program;
    } [ ../stdenv/make-wrapper.sh ../stdenv/install-shell-files.sh ./install.sh ];
  };

  # Of buildNpmPackage's arguments, those which say what the sources are.
  sources = [ "src" "srcs" "sourceRoot" "prePatch" "patches" "postPatch" "patchFlags" "npmRoot" ];

  fetchNpmDeps =
    {
      name ? "npm-deps",
      hash ? "",
      forceGitDeps ? false,
      forceEmptyCache ? false,
      fetcherVersion ? 1,
      npmRoot ? "",
      nativeBuildInputs ? [ ],
      ...
    }@args:
    if fetcherVersion != 1 then
      throw (
        "pkgs.fetchNpmDeps (`${name}'): `fetcherVersion = ${toString fetcherVersion}' (npmDepsFetcherVersion) is not supported: "
        + "only 1. Leave it out; the hash is another one then."
      )
    else
      self.stdenvNoCC.mkDerivation (removeAttrs args [ "hash" "fetcherVersion" "npmRoot" ] // {
        inherit name forceGitDeps forceEmptyCache;
        nativeBuildInputs = [
          self.debianPackages.nodejs
          self.debianPackages.curl
        ] ++ nativeBuildInputs;
        buildPhase = ''
          runHook preBuild
          cd ./${npmRoot}
          lockFile=package-lock.json
          if [ -e npm-shrinkwrap.json ]; then lockFile=npm-shrinkwrap.json; fi
          [ -e "$lockFile" ] ||
            die "there is no package-lock.json in $PWD: npm install --package-lock-only makes one, and postPatch can copy it here"
          mkdir $out
          node ${./npm-deps.mjs} fetch "$lockFile" $out
          runHook postBuild
        '';
        dontConfigure = true;
        dontInstall = true;
        dontFixup = true;
        impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [ "NIX_NPM_TOKENS" ];
        outputHashMode = "recursive";
        outputHash = hash;
        outputHashAlgo = if hash == "" then "sha256" else null;
      });

  # The files of the store that a lock file's packages are, and the lock file with them.
  importNpmLock =
    {
      npmRoot ? null,
      package ? lib.importJSON (npmRoot + "/package.json"),
      packageLock ? lib.importJSON (npmRoot + "/package-lock.json"),
      pname ? package.name or "unknown",
      version ? package.version or "0.0.0",
      fetcherOpts ? { },
      packageSourceOverrides ? { },
    }:
    let
      fetch =
        name: module:
        let
          url = match "([a-z+]+)://.+" module.resolved;
          scheme = elemAt url 0;
        in
        if packageSourceOverrides ? ${name} then
          packageSourceOverrides.${name}
        else if url == null then
          null
        else if scheme == "http" || scheme == "https" then
          self.fetchurl ({
            url = module.resolved;
            hash =
              module.integrity or (throw
                "pkgs.importNpmLock: the lock file has no hash for `${name}' (${module.resolved})"
              );
          } // fetcherOpts.${name} or { })
        else if lib.hasPrefix "git" scheme then
          builtins.fetchGit (
            let
              parts = match "(git\\+)?([^#]*)#([0-9a-f]{40})" module.resolved;
            in
            if parts == null then
              throw
                "pkgs.importNpmLock: `${name}' is of git, but its commit is not in the lock file: ${module.resolved}"
            else
              {
                url = elemAt parts 1;
                rev = elemAt parts 2;
                allRefs = true;
              }
              // fetcherOpts.${name} or { }
          )
        else
          throw
            "pkgs.importNpmLock: `${name}' has an address of an unknown kind: ${module.resolved}";
      isReference =
        constraint:
        constraint == "latest" || match "(github(.com)?:|git[+:]|https?:).+" constraint != null;
      # What names a place is named by its version: the lock file says where it is.
      pinned = builtins.mapAttrs (
        name: constraint:
        if isReference constraint then
          lock.packages."node_modules/${name}".version or constraint
        else
          constraint
      );
      lock = packageLock // {
        packages = builtins.mapAttrs (
          name: module:
          let
            source =
              if module ? resolved && !(module.link or false) then fetch name module else null;
          in
          removeAttrs module [ "funding" ]
          // lib.optionalAttrs (source != null) { resolved = "file:${source}"; }
          // builtins.mapAttrs (_: pinned) (
            lib.filterAttrs (
              kind: _: kind == "dependencies" || kind == "optionalDependencies"
            ) module
          )
        ) packageLock.packages;
      };
      places = builtins.mapAttrs (
        name: constraint:
        let
          module = lock.packages."node_modules/${name}" or { };
        in
        if module ? resolved && !(module.link or false) then module.resolved else constraint
      );
      json = builtins.toJSON;
    in
    if !(packageLock ? packages) then
      throw
        "pkgs.importNpmLock (`${pname}'): the lock file is of version ${
          toString (packageLock.lockfileVersion or 1)
        }. Make one of version 2 or 3 with npm 7 or newer."
    else
      self.runCommandLocal
        "${lib.strings.sanitizeDerivationName pname}-${version}-sources"
        {
          passAsFile = [ "package" "packageLock" ];
          package = json (
            package
            // builtins.mapAttrs (_: places) (
              lib.filterAttrs (kind: _: kind == "dependencies" || kind == "devDependencies") package
            )
          );
          packageLock = json (lock // {
            packages =
              lock.packages
              // lib.optionalAttrs (lock.packages ? "") {
                "" =
                  lock.packages.""
                  // builtins.mapAttrs (_: places) (
                    lib.filterAttrs (
                      kind: _: kind == "dependencies" || kind == "devDependencies"
                    ) lock.packages.""
                  );
              };
          });
        }
        ''
          mkdir $out
          cp "$packagePath" $out/package.json
          cp "$packageLockPath" $out/package-lock.json
        '';
in
{
  inherit fetchNpmDeps;
  npmHooks = removeAttrs (hooksFor self.nodejs) [ "importNpmLockHook" ] // {
    override = { nodejs }: removeAttrs (hooksFor nodejs) [ "importNpmLockHook" ];
  };
  importNpmLock = {
    __functor = _: importNpmLock;
    inherit importNpmLock;
    npmConfigHook = (hooksFor self.nodejs).importNpmLockHook;
  };

  buildNpmPackage = lib.makeOverridable (
    { nodejs }:
    given:
    self.stdenv.mkDerivation (
      final:
      let
        args = if lib.isFunction given then given final else given;
        node = npmFor (args.nodejs or nodejs);
        hooks = hooksFor node.build;
        name = args.name or "${args.pname}-${args.version}";
      in
      removeAttrs args [
        "npmDepsHash"
        "npmDepsFetcherVersion"
        "nodejs"
        "npmConfigHook"
        "npmBuildHook"
        "npmInstallHook"
        "forceGitDeps"
        "forceEmptyCache"
      ]
      // {
        npmDeps =
          args.npmDeps or (fetchNpmDeps
            (lib.filterAttrs (attribute: _: builtins.elem attribute sources) args // {
              name = "${name}-npm-deps";
              hash = args.npmDepsHash or "";
              fetcherVersion = args.npmDepsFetcherVersion or 1;
              forceGitDeps = args.forceGitDeps or false;
              forceEmptyCache = args.forceEmptyCache or false;
            })
          );
        npmBuildScript = args.npmBuildScript or "build";
        npmPruneFlags = args.npmPruneFlags or args.npmInstallFlags or [ ];
        nativeBuildInputs = args.nativeBuildInputs or [ ] ++ [
          node.build
          (if args.npmConfigHook or null != null then args.npmConfigHook else hooks.npmConfigHook)
          (if args.npmBuildHook or null != null then args.npmBuildHook else hooks.npmBuildHook)
          (
            if args.npmInstallHook or null != null then
              args.npmInstallHook
            else
              hooks.npmInstallHook
          )
          self.debianPackages.python3
        ];
        buildInputs = args.buildInputs or [ ] ++ [ node.host ];
        dontStrip = args.dontStrip or true;
        meta = {
          mainProgram = args.pname or name;
        } // args.meta or { };
      }
    )
  ) { inherit (self) nodejs; };
}
