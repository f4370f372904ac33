# buildGoModule over Debian's Go. vendorHash is nixpkgs': the hash of what `go mod vendor` writes.
{ lib, self }:

let
  inherit (builtins) removeAttrs;

  hook = self.writeTextFile {
    name = "go-hook";
    destination = "/nix-support/setup-hook";
    text = builtins.readFile ./hook.sh;
  };

  build =
    { go }:
    given:
    self.stdenv.mkDerivation (
      final:
      let
        args = if lib.isFunction given then given final else given;
        name = args.name or "${args.pname}-${args.version}";
        title = "pkgs.buildGoModule (`${name}')";
        vendorHash =
          args.vendorHash or (throw (
            "${title}: `vendorHash' is missing. Give null if the source has its dependencies in the folder vendor, "
            + "lib.fakeHash to take the hash from the error."
          ));
        proxyVendor = args.proxyVendor or false;
        modRoot = args.modRoot or "./";

        goModules =
          (self.stdenv.mkDerivation {
            name = "${name}-go-modules";
            inherit (args) src;
            prePatch = args.prePatch or "";
            patches = args.patches or [ ];
            patchFlags = args.patchFlags or [ ];
            postPatch = args.postPatch or "";
            preBuild = args.preBuild or "";
            postBuild = args.modPostBuild or "";
            sourceRoot = args.sourceRoot or "";
            setSourceRoot = args.setSourceRoot or "";
            env = args.env or { };
            nativeBuildInputs = args.nativeBuildInputs or [ ] ++ [
              go
              self.debianPackages.git
              hook
            ];
            inherit modRoot proxyVendor;
            deleteVendor = args.deleteVendor or false;
            # It has a network, and Go a proxy that the user may name.
            goFetches = true;
            impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [
              "GIT_PROXY_COMMAND"
              "SOCKS_SERVER"
              "GOPROXY"
            ];
            dontFixup = true;
            outputHashMode = "recursive";
            outputHash = vendorHash;
            outputHashAlgo = if vendorHash == "" then "sha256" else null;
          }).overrideAttrs
            (args.overrideModAttrs or { });
      in
      removeAttrs args [
        "vendorHash"
        "overrideModAttrs"
        "modPostBuild"
        "deleteVendor"
        "GOFLAGS"
        "ldflags"
        "go"
      ]
      // {
        inherit modRoot proxyVendor;
        goModules = if vendorHash == null then "" else goModules;
        nativeBuildInputs = [ go hook ] ++ args.nativeBuildInputs or [ ];
        GOFLAGS =
          args.GOFLAGS or [ ]
          ++ lib.optional (!proxyVendor) "-mod=vendor"
          ++ lib.optional (!(args.allowGoReference or false)) "-trimpath";
        CGO_ENABLED = args.CGO_ENABLED or args.env.CGO_ENABLED or "1";
        ldflags =
          args.ldflags or [ ]
          ++ lib.optional (!lib.any (lib.hasPrefix "-buildid=") (args.ldflags or [ ])) "-buildid=";
        enableParallelBuilding = args.enableParallelBuilding or true;
        doCheck = args.doCheck or true;
        passthru = {
          inherit go vendorHash goModules;
        } // args.passthru or { };
        meta = {
          mainProgram = args.pname or name;
        } // args.meta or { };
      }
    );

  buildGoModule = lib.makeOverridable build { inherit (self) go; };

  /* buildGo125Module and the like: Debian's Go, if it is that new. A newer one compiles what was written for an older. */
  ofVersion =
    minor:
    lib.nameValuePair "buildGo1${toString minor}Module" (
      let
        wanted = "1.${toString minor}";
        have = lib.versions.majorMinor self.go.version;
      in
      if lib.versionAtLeast have wanted then
        buildGoModule
      else
        throw (
          "pkgs.buildGo1${toString minor}Module: Debian ${self.debianArchive.suite} has Go ${have}, which cannot compile what needs "
          + "${wanted}. Take the package from a suite with a newer Go, or from nixpkgs."
        )
    );
in
{
  inherit buildGoModule;
}
// builtins.listToAttrs (map ofVersion (lib.range 17 30))
