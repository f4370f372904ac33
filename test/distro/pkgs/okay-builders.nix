let
  lib = import ../../../distro/lib;
  pkgs = import ../../../distro/pkgs { inherit lib; archive = import ./archive.inc { }; };
  shown = d: { inherit (d) name drvPath; entries = d.drvAttrs.entries or null; };
in
{
  writeText = shown (pkgs.writeText "a" "text");
  writeTextDir = shown (pkgs.writeTextDir "share/a/b" "text");
  writeTextFile = shown (pkgs.writeTextFile { name = "x"; text = "t"; executable = true; destination = "/bin/x"; });
  writeScript = shown (pkgs.writeScript "s" "#!/bin/sh\n");
  writeShellScript = shown (pkgs.writeShellScript "s" "echo");
  writeShellScriptBin = shown (pkgs.writeShellScriptBin "s" "echo ${pkgs.curl}/bin/curl")
    // { exe = lib.getExe (pkgs.writeShellScriptBin "s" ""); };
  writeShellApplication = shown (pkgs.writeShellApplication
    { name = "app"; runtimeInputs = [ pkgs.curl pkgs.vim ]; runtimeEnv.A = "b c"; text = "curl x"; });
  symlinkJoin = let j = pkgs.symlinkJoin { name = "j"; paths = [ pkgs.curl (pkgs.writeTextDir "x" "") ]; };
  in { inherit (j) name drvPath paths ignoreCollisions; };
  buildEnv = let j = pkgs.buildEnv { name = "e"; paths = [ (lib.hiPrio pkgs.curl) ]; pathsToLink = [ "/bin" ]; };
  in { inherit (j) drvPath paths pathsToLink; };
  linkFarm = map shown [ (pkgs.linkFarm "f" [ { name = "a/b"; path = pkgs.curl; } ]) (pkgs.linkFarm "f" { c = "/etc/x"; })
    (pkgs.linkFarmFromDrvs "f" [ pkgs.vim ]) ];
  empty = [ (shown pkgs.emptyFile) (shown pkgs.emptyDirectory) ];
  concatText = shown (pkgs.concatText "c" [ ./template.inc ./template.inc ]);
  replaceVars = shown (pkgs.replaceVars ./template.inc { curl = pkgs.curl; name = "value"; kept = null; });
  fetchurl = let f = pkgs.fetchurl { url = "https://example.org/a/file.tar.gz";
    hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; }; in { inherit (f) name drvPath outPath url; };
  overrideAttrs = shown ((pkgs.writeText "a" "t").overrideAttrs (old: { name = old.name + "2"; }));
  formats = {
    json = shown ((pkgs.formats.json { }).generate "x.json" { a = [ 1 null ]; });
    yaml = shown ((pkgs.formats.yaml { }).generate "x.yaml" { a = 1; });
    ini = shown ((pkgs.formats.ini { }).generate "x.ini" { s = { a = true; b = 1; }; });
    iniLists = shown ((pkgs.formats.ini { listsAsDuplicateKeys = true; }).generate "x.ini" { s.a = [ 1 2 ]; });
    keyValue = shown ((pkgs.formats.keyValue { }).generate "x.conf" { a = 1; });
    toml = shown ((pkgs.formats.toml { }).generate "x.toml"
      { a = 1; "b c" = [ "x" 2 ]; t = { k = true; u.v = 1.5; }; arr = [ { x = 1; } { x = 2; } ]; none = null; });
  };
  formatTypes =
    let
      merged = (lib.evalModules { modules = [ { options.s = lib.mkOption { type = (pkgs.formats.json { }).type; };
              options.i = lib.mkOption { type = (pkgs.formats.ini { }).type; }; } { s.a.b = [ 1 ]; i.s.k = 1; }
            { s.a.c = "x"; i.s.l = "y"; } ]; }).config;
    in
    { inherit (merged) s i; };
}
