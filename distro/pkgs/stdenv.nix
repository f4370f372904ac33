# stdenv: builds in a sandbox whose /usr is the merged tree of the Debian packages among the inputs.
{
  lib,
  self,
  platform,
  archive,
}:

let
  inherit (builtins) concatMap elem filter isAttrs removeAttrs;

  # Programs that every build has besides Debian's essential packages, and those for C and C++.
  baseTools = [ "bzip2" "file" "patch" "unzip" "xz-utils" "zstd" ];
  compilers = [ "binutils" "g++" "gcc" "libc6-dev" "make" "pkgconf" ];
  # Libraries of programs made by those compilers.
  runtimeLibraries = [ "libc6" "libgcc-s1" "libstdc++6" ];

  # Attributes about the build alone: what they mention is not needed by the result.
  buildOnly = [
    "depsBuildBuild"
    "nativeBuildInputs"
    "nativeCheckInputs"
    "nativeInstallCheckInputs"
    "checkInputs"
    "installCheckInputs"
    "src"
    "srcs"
    "patches"
  ];
  # Attributes that no builder gets.
  forNix = [ "meta" "passthru" "pos" "env" "finalPackage" "strictDeps" "packages" ];

  # A package of headers stands for the libraries that it is for.
  runtimeOf =
    name:
    if lib.hasSuffix "-dev" name then
      filter (n: lib.hasSuffix "libs" archive.packages.${n}.section) (archive.resolve [ name ])
    else
      [ name ];

  # The headers of a library: nixpkgs' packages have them, Debian's are apart (libssl3t64 and libssl-dev).
  headersOf =
    name:
    let
      without64 = lib.removeSuffix "t64" name;
      stem =
        pattern: text:
        let
          found = builtins.match pattern text;
        in
        if found == null then text else builtins.head found;
      withoutSoname = stem "(.+)-[0-9.]+" without64;
      # One of several versions.
      program = stem "(postgresql)-[0-9]+" name;
      candidates = [ name without64 withoutSoname (stem "(.*[^0-9.-])[0-9.-]*" withoutSoname) ];
      known = lib.findFirst (candidate: archive.packages ? "${candidate}-dev") null candidates;
    in
    if headersOfPrograms ? ${program} then
      [ headersOfPrograms.${program} ]
    else if lib.hasSuffix "libs" (archive.packages.${name}.section or "") && known != null then
      [ "${known}-dev" ]
    else
      [ ];
  # Packages of nixpkgs that have a library, and are Debian's program here.
  headersOfPrograms = {
    bzip2 = "libbz2-dev";
    curl = "libcurl4-openssl-dev";
    ncurses-bin = "libncurses-dev";
    openssl = "libssl-dev";
    postgresql = "libpq-dev";
    sqlite3 = "libsqlite3-dev";
    xz-utils = "liblzma-dev";
    zstd = "libzstd-dev";
  };

  hooksOf = {
    cmake = ./stdenv/cmake.sh;
    meson = ./stdenv/meson.sh;
  };

  # Hooks that nixpkgs has in packages which are Debian's here.
  hookOf = input: hooksOf.${if isAttrs input then input.debianPackage or "" else ""} or null;

  makeStdenv =
    { tools }:
    let
      stdenv = {
        # Until 21.05.
        inherit
          lib
          ;
        type = "derivation";
        name = "stdenv-debian";
        outPath = "${setup}";
        drvPath = setup.drvPath;
        hostPlatform = platform;
        buildPlatform = platform;
        targetPlatform = platform;
        inherit (platform) isLinux isDarwin isx86_64 isAarch64 is64bit system;
        cc = self.gcc;
        hasCC = tools == compilers;
        shell = self.runtimeShell;
        override = _: stdenv;
        mkDerivation = given: makeFix (if lib.isFunction given then given else _: given);
      };

      setup = self.writeTextFile {
        name = "stdenv-debian";
        destination = "/setup";
        text = builtins.readFile ./stdenv/setup.sh;
      };

      # `final` are the attributes with all overrides, as the function of mkDerivation gets them.
      makeFix =
        toArgs:
        let
          args = toArgs (args // { finalPackage = package; });
          package = make args // {
            overrideAttrs =
              change:
              makeFix (
                final:
                let
                  previous = toArgs final;
                  once = if lib.isFunction change then change previous else change;
                in
                previous // (if lib.isFunction once then change final previous else once)
              );
          };
        in
        package;

      make =
        args:
        let
          name =
            args.name or (
              if args ? pname then
                "${args.pname}-${args.version or "0"}"
              else
                throw "pkgs.stdenv.mkDerivation: neither `name' nor `pname' is given"
            );
          inputsOf =
            attribute:
            concatMap (input: input.debianParts or [ input ]) (
              filter (input: input != null) (lib.flatten (args.${attribute} or [ ]))
            );
          inputs = concatMap inputsOf [
            "depsBuildBuild"
            "nativeBuildInputs"
            "propagatedNativeBuildInputs"
            "buildInputs"
            "propagatedBuildInputs"
            "nativeCheckInputs"
            "checkInputs"
            "nativeInstallCheckInputs"
            "installCheckInputs"
          ];
          hooks = filter (hook: hook != null) (map hookOf inputs);
          attributes =
            removeAttrs args forNix
            // args.env or { }
            // {
              nativeBuildInputs =
                inputsOf "nativeBuildInputs"
                ++ inputsOf "packages"
                ++ hooks
                ++ lib.optionals (args.doCheck or false) (
                  inputsOf "nativeCheckInputs" ++ inputsOf "checkInputs"
                )
                ++ lib.optionals (args.doInstallCheck or false) (
                  inputsOf "nativeInstallCheckInputs" ++ inputsOf "installCheckInputs"
                );
              buildInputs = inputsOf "buildInputs";
              propagatedBuildInputs = inputsOf "propagatedBuildInputs";
            };
          mentioned =
            builtins.debianRoots attributes
            ++ concatMap (input: if isAttrs input then input.debianPackages or [ ] else [ ]) inputs;
          headers = lib.unique (
            concatMap headersOf (
              builtins.debianRoots [ attributes.buildInputs attributes.propagatedBuildInputs ]
            )
          );
          runtime = lib.unique (
            concatMap runtimeOf (builtins.debianRoots (removeAttrs attributes buildOnly) ++ headers)
            ++ runtimeLibraries
          );
          usr = self.debianTree {
            name = "${lib.strings.sanitizeDerivationName name}-usr";
            packages =
              baseTools
              ++ tools
              ++ mentioned
              ++ headers
              ++ concatMap headersOf (builtins.debianRoots attributes.nativeBuildInputs)
              ++ args.debianBuildPackages or [ ];
          };
          drv = derivation ({
            inherit name;
            system = platform.system;
            builder = "/usr/bin/bash";
            args = [ "-e" ./stdenv/default-builder.sh ];
            stdenv = "${setup}";
            # The sandbox has it as /usr.
            debianTree = "${usr}";
            # What a machine needs that has the result, by name and as paths that the result may refer to.
            debianPackages = runtime;
            debianRuntime = map (n: "${self.debOf n}") (archive.resolve runtime);
          } // lib.filterAttrs (_: value: value != null) attributes);
          outputs = args.outputs or [ "out" ];
        in
        drv
        // (args.passthru or { })
        // {
          inherit stdenv;
          passthru = args.passthru or { };
          meta = {
            available = true;
            broken = false;
            unfree = false;
            license = lib.licenses.free;
            outputsToInstall = [ (if elem "bin" outputs then "bin" else builtins.head outputs) ];
          } // args.meta or { };
          inputDerivation = drv;
        }
        // lib.optionalAttrs (args ? pname) { inherit (args) pname; }
        // lib.optionalAttrs (args ? version) { inherit (args) version; };
    in
    stdenv;

  runCommandWith =
    {
      name,
      stdenv ? self.stdenvNoCC,
      runLocal ? false,
      derivationArgs ? { },
    }:
    buildCommand:
    stdenv.mkDerivation (
      {
        inherit name buildCommand;
        passAsFile = [ "buildCommand" ] ++ derivationArgs.passAsFile or [ ];
        enableParallelBuilding = true;
      }
      // lib.optionalAttrs runLocal {
        preferLocalBuild = true;
        allowSubstitutes = false;
      }
      // removeAttrs derivationArgs [ "passAsFile" ]
    );

  hook =
    name: file:
    self.writeTextFile {
      inherit name;
      destination = "/nix-support/setup-hook";
      text = builtins.readFile file;
    };
in
{
  stdenv = makeStdenv { tools = compilers; };
  stdenvNoCC = makeStdenv { tools = [ ]; };
  gccStdenv = self.stdenv;
  clangStdenv = self.stdenv;

  hostPlatform = platform;
  buildPlatform = platform;
  targetPlatform = platform;

  inherit runCommandWith;
  runCommand = name: derivationArgs: runCommandWith { inherit name derivationArgs; };
  runCommandLocal =
    name: derivationArgs:
    runCommandWith {
      inherit name derivationArgs;
      runLocal = true;
    };
  # Their names until 23.05.
  runCommandNoCC = self.runCommand;
  runCommandNoCCLocal = self.runCommandLocal;
  runCommandCC =
    name: derivationArgs:
    runCommandWith {
      inherit name derivationArgs;
      inherit (self) stdenv;
    };

  makeSetupHook =
    {
      name ? "hook",
      propagatedBuildInputs ? [ ],
      substitutions ? { },
      meta ? { },
      passthru ? { },
      ...
    }:
    script:
    self.runCommandLocal
      name
      (substitutions // {
        inherit propagatedBuildInputs meta passthru;
      })
      ''
        mkdir -p $out/nix-support
        substituteAll ${script} $out/nix-support/setup-hook
        if [ -n "$propagatedBuildInputs" ]; then
          echo "$propagatedBuildInputs" > $out/nix-support/propagated-build-inputs
        fi
      '';
  makeWrapper = hook "make-wrapper-hook" ./stdenv/make-wrapper.sh;
  makeBinaryWrapper = self.makeWrapper;
  makeShellWrapper = self.makeWrapper;
  installShellFiles = hook "install-shell-files" ./stdenv/install-shell-files.sh;
  autoreconfHook = hook "autoreconf-hook" ./stdenv/autoreconf.sh // {
    debianPackages = [ "autoconf" "automake" "libtool" "gettext" ];
  };

  mkShell =
    {
      name ? "nix-shell",
      packages ? [ ],
      inputsFrom ? [ ],
      ...
    }@args:
    self.stdenv.mkDerivation (removeAttrs args [ "packages" "inputsFrom" ] // {
      inherit name;
      nativeBuildInputs =
        packages
        ++ args.nativeBuildInputs or [ ]
        ++ concatMap (drv: drv.nativeBuildInputs or [ ]) inputsFrom;
      buildCommand = "export -p > $out";
      preferLocalBuild = true;
    });
  mkShellNoCC = self.mkShell;

  applyPatches =
    {
      src,
      patches ? [ ],
      name ? "source-patched",
      postPatch ? "",
      ...
    }@args:
    self.stdenvNoCC.mkDerivation (args // {
      inherit name src patches postPatch;
      phases = [ "unpackPhase" "patchPhase" "installPhase" ];
      installPhase = "cp -r . $out";
    });

  nixos =
    configuration:
    import ../nixos/lib/eval-config.nix {
      inherit lib;
      pkgs = self;
      inherit (platform) system;
      modules = lib.toList configuration;
    };
  nixosOptionsDoc =
    args:
    throw
      "pkgs.nixosOptionsDoc is not available. Use lib.optionAttrSetToDocList, which returns the options as data.";
}
