{ buildNpmPackage, importNpmLock }:

buildNpmPackage {
  pname = "weekday";
  version = "1.0.0";
  src = ./.;
  # The lock file has the hash of every dependency. The other way: npmDepsHash = "sha256-...", one hash for all of them.
  npmDeps = importNpmLock { npmRoot = ./.; };
  inherit (importNpmLock) npmConfigHook;
  dontNpmBuild = true; # package.json has no script `build`
}
