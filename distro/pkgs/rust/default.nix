# rustPlatform: software of cargo over Debian's rustc. cargoHash is that of nixpkgs' fetchCargoVendor.
{ lib, self }:

let
  inherit (builtins) filter removeAttrs;

  tools = [ self.debianPackages.cargo self.debianPackages.rustc ];

  hook =
    name: file:
    self.writeTextFile {
      inherit name;
      destination = "/nix-support/setup-hook";
      text = builtins.readFile file;
    };
  hooks = {
    cargoSetupHook = hook "cargo-setup-hook" ./setup.sh;
    cargoBuildHook = hook "cargo-build-hook" ./build.sh;
    cargoCheckHook = hook "cargo-check-hook" ./check.sh;
    cargoInstallHook = hook "cargo-install-hook" ./install.sh;
  };

  noGit =
    function: package:
    throw (
      "${function}: `${package}' is of git, which is not supported. Put the dependencies into the source with `cargo vendor', "
      + "and give cargoVendorDir = \"vendor\"."
    );

  # All crates of a lock file in one folder, from archives in another.
  unpacked =
    name: attributes: archives:
    self.runCommandLocal
      name
      (attributes // {
        nativeBuildInputs = [ self.debianPackages.python3 ];
      })
      "python3 ${./vendor.py} unpack ${archives} $out";

  fetchCargoVendor =
    {
      name ?
        if args ? pname && args ? version then "${args.pname}-${args.version}" else "cargo-deps",
      hash ? throw "pkgs.rustPlatform.fetchCargoVendor (`${name}'): `hash' is missing",
      nativeBuildInputs ? [ ],
      ...
    }@args:
    let
      vendorStaging =
        self.stdenvNoCC.mkDerivation (removeAttrs args [ "name" "pname" "version" "hash" ] // {
          name = "${name}-vendor-staging";
          nativeBuildInputs = [ self.debianPackages.python3 ] ++ nativeBuildInputs;
          buildPhase = ''
            runHook preBuild
            cd "''${cargoRoot:-.}"
            [ -e Cargo.lock ] || die "there is no Cargo.lock in $PWD: cargo generate-lockfile makes one, and postPatch can copy it here"
            python3 ${./vendor.py} fetch Cargo.lock $out
            runHook postBuild
          '';
          dontConfigure = true;
          dontInstall = true;
          dontFixup = true;
          impureEnvVars = lib.fetchers.proxyImpureEnvVars;
          outputHashMode = "recursive";
          outputHash = hash;
          outputHashAlgo = if hash == "" then "sha256" else null;
        });
    in
    unpacked "${name}-vendor" { passthru = { inherit vendorStaging; }; } vendorStaging;

  importCargoLock =
    {
      lockFile ? null,
      lockFileContents ? builtins.readFile lockFile,
      extraRegistries ? { },
      outputHashes ? { },
      allowBuiltinFetchGit ? false,
    }:
    let
      lock = builtins.fromTOML lockFileContents;
      packages = filter (package: package ? source) lock.package;
      registries = {
        "https://github.com/rust-lang/crates.io-index" = "https://static.crates.io/crates";
        "sparse+https://index.crates.io/" = "https://static.crates.io/crates";
      } // extraRegistries;
      unknown =
        index: name:
        throw (
          "pkgs.rustPlatform.importCargoLock: the registry ${index} of `${name}' is unknown. "
          + "Give extraRegistries.\"${index}\", the address of its downloads."
        );
      crate =
        package:
        let
          index = lib.removePrefix "registry+" package.source;
          checksum =
            package.checksum or lock.metadata."checksum ${package.name} ${package.version} (${package.source})";
        in
        if lib.hasPrefix "git+" package.source then
          noGit "pkgs.rustPlatform.importCargoLock" package.name
        else
          {
            name = "tarballs/${package.name}-${package.version}.tar.gz";
            path = self.fetchurl {
              name = "crate-${package.name}-${package.version}.tar.gz";
              url =
                "${registries.${index} or (unknown index package.name)}"
                + "/${package.name}/${package.version}/download";
              sha256 = checksum;
            };
          };
    in
    if outputHashes != { } then
      noGit "pkgs.rustPlatform.importCargoLock" (builtins.head (builtins.attrNames outputHashes))
    else if allowBuiltinFetchGit then
      throw
        "pkgs.rustPlatform.importCargoLock: `allowBuiltinFetchGit' is not supported. Leave it out."
    else
      unpacked "cargo-vendor-dir" { } (
        self.linkFarm "cargo-archives" (map crate packages ++ [
          {
            name = "Cargo.lock";
            path = self.writeText "Cargo.lock" lockFileContents;
          }
        ])
      );

  build =
    given:
    self.stdenv.mkDerivation (
      final:
      let
        args = if lib.isFunction given then given final else given;
        name = args.name or "${args.pname}-${args.version}";
        title = "pkgs.rustPlatform.buildRustPackage (`${name}')";
        ways = filter (way: args.${way} or null != null) [
          "cargoVendorDir"
          "cargoDeps"
          "cargoLock"
          "cargoHash"
        ];
        sources = [
          "src"
          "srcs"
          "sourceRoot"
          "cargoRoot"
          "prePatch"
          "patches"
          "postPatch"
          "patchFlags"
          "preUnpack"
          "postUnpack"
          "unpackPhase"
        ];
        deps = {
          cargoVendorDir = null;
          cargoDeps = args.cargoDeps;
          cargoLock = importCargoLock args.cargoLock;
          cargoHash = fetchCargoVendor (
            lib.filterAttrs (attribute: _: builtins.elem attribute sources) args
            // {
              inherit name;
              hash = args.cargoHash;
            }
            // args.depsExtraArgs or { }
          );
        };
      in
      if ways == [ ] then
        throw
          "${title}: give one of cargoHash, cargoLock = { lockFile = ./Cargo.lock; }, cargoVendorDir and cargoDeps"
      else
        removeAttrs args [ "cargoLock" "cargoHash" "depsExtraArgs" "useFetchCargoVendor" ]
        // {
          cargoDeps = deps.${builtins.head ways};
          cargoBuildType = args.buildType or "release";
          cargoCheckType = args.checkType or args.buildType or "release";
          cargoBuildFeatures = args.buildFeatures or [ ];
          cargoBuildNoDefaultFeatures = args.buildNoDefaultFeatures or false;
          cargoCheckFeatures = args.checkFeatures or args.buildFeatures or [ ];
          cargoCheckNoDefaultFeatures =
            args.checkNoDefaultFeatures or args.buildNoDefaultFeatures or false;
          nativeBuildInputs =
            args.nativeBuildInputs or [ ]
            ++ tools
            ++ (with hooks; [ cargoSetupHook cargoBuildHook cargoInstallHook cargoCheckHook ]);
          doCheck = args.doCheck or true;
          meta = {
            mainProgram = args.pname or name;
          } // args.meta or { };
        }
    );
in
{
  rustPlatform = hooks // {
    inherit fetchCargoVendor importCargoLock;
    buildRustPackage = build;
    rust = {
      inherit (self.debianPackages) cargo rustc;
    };
  };
}
