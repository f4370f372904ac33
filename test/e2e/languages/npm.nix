{ pkgs }:

let
  inherit (pkgs) buildNpmPackage importNpmLock lib;

  hash = ./npm/hash;
in
rec {
  shout = buildNpmPackage {
    pname = "shout";
    version = "1.0.0";
    src = ./npm/shout;
    npmDepsHash = if builtins.pathExists hash then lib.fileContents hash else lib.fakeHash;
  };
  shoutImported = buildNpmPackage (final: {
    pname = "shout-imported";
    version = "1.0.0";
    src = ./npm/shout;
    npmDeps = importNpmLock { npmRoot = final.src; };
    inherit (importNpmLock) npmConfigHook;
  });
  npmRan = pkgs.runCommand "npm-ran" { } ''
    {
      ${shout}/bin/shout hello there
      ${shoutImported}/bin/shout hello too
      type -p npm || echo no npm
    } > $out
  '';
  npmStale = shout.overrideAttrs {
    src = pkgs.runCommand "changed" { } ''
      cp -r ${./npm/shout} $out
      chmod -R u+w $out
      echo >> $out/package-lock.json
    '';
  };
}
