{ lib ? import ../../../distro/lib }:
with lib;
{
  functions = [ (defaultTo 1 null) (defaultTo 1 2) (xor true false) (boolToYesNo true) (fromHexString "FF")
    (fromHexString "0x7a") (toFunction 1 2) (toFunction (x: x + 1) 2) (functionArgs (mirrorFunctionArgs ({ a, b ? 1 }: a) (x: x))) ];
  enum = checkListOfEnum "colour" [ "red" "green" ] [ "red" ] 1;
  enumBad = (builtins.tryEval (checkListOfEnum "colour" [ "red" "green" ] [ "blue" ] 1)).success;
  throwIf = [ (throwIfNot true "x" 1) ];
  libraryPath = makeLibraryPath [ { lib = "/l"; out = "/o"; } { out = "/p"; } ];
  overrideScope = let s = makeScope (extra: callPackageWith extra)
    (self: { x.v = 1; y = self.callPackage ({ x }: { v = x.v + 1; }) { }; }); in (s.overrideScope (final: prev: { x.v = 100; })).y.v;
  composeMany = (fix (extends (composeManyExtensions [ (self: super: { a = super.a + 1; })
          (self: super: { a = super.a * 10; b = super.c; }) ]) (self: { a = 1; c = 5; })));
  extended = let l = lib.extend (final: prev: { own = x: final.toUpper x; toUpper = x: "<${prev.toUpper x}>"; });
    m = l.extend (final: prev: { more = prev.own "m"; }); in [ (l.own "a") m.more (m.strings.toSentenceCase "ab") (l ? modules) ];
  pad = [ (versions.pad 3 "1.2") (versions.pad 3 "1.3-rc1") (versions.pad 3 "1.2.3.4") ];
  toExtension = map (f: fix (extends (toExtension f) (final: { a = 0; b = final.a; })))
    [ { a = 1; } (prev: { a = prev.a + 2; }) (final: prev: { a = prev.a + 3; }) ];
  path = [ (path.subpath.join [ "a" "./b/c" "d/." ]) (path.subpath.normalise "a//b/./c/") (path.subpath.isValid "../a")
    (path.subpath.components "a/b") (path.removePrefix /foo /foo/bar/baz) (path.hasPrefix /foo /foobar)
    (path.splitRoot /a/b).subpath (path.append /a "b/c" == /a/b/c) ];
  systems = let s = systems.elaborate "x86_64-linux";
  in [ s.system s.isLinux s.isx86_64 s.isAarch64 s.parsed.cpu.name
    s.linuxArch (systems.elaborate { system = "aarch64-linux"; }).qemuArch (systems.elaborate s).system ];
  assertions = [ (assertMsg true "x") (assertOneOf "a" 1 [ 1 2 ]) (checkAssertWarn [ { assertion = true; message = "x"; } ] [ ] "value") ];
  getExe = [ (getExe { type = "derivation"; name = "hello-1.0"; outPath = "/nix/store/x"; out.outPath = "/nix/store/x";
        meta.mainProgram = "hi"; }) (getExe' { type = "derivation"; outPath = "/nix/store/x"; bin.outPath = "/nix/store/b";
        out = ""; } "prog") ];
  cli = [ (cli.toGNUCommandLine { } { data = [ "a" "b" ]; verbose = true; quiet = false; X = "PUT"; none = null; })
    (cli.toGNUCommandLineShell { optionValueSeparator = "="; } { url = "x y"; v = true; }) ];
}
