{ lib ? import ../../../distro/lib }:
with lib; with generators;
{
  globalSection = toINIWithGlobalSection { } { globalSection = { k = "v"; }; sections = { s = { a = 1; }; }; };
  noGlobalSection = toINIWithGlobalSection { } { globalSection = { }; sections = { s = { a = 1; }; }; };
  pretty = toPretty { } { foo = null; "foo bar" = "baz"; list = [ 1 [ false ] ]; text = "a\nb''\${c}"; f = { a ? 1, b }: a;
    g = x: x; drv = { type = "derivation"; name = "test"; }; float = 0.1337; };
  onOneLine = toPretty { multiline = false; } [ 1 "a\"b" { x = null; "y z" = [ ]; } ];
  gitIni = toGitINI { url."ssh://git@github.com/".insteadOf = "https://github.com"; user.name = "edolstra"; core.x.y = true; };
  plist = toPlist { } { a = [ 1 true "x" ]; b.c = null; };
  recursion = toPretty { multiline = false; } (withRecursion { depthLimit = 1; throwOnDepthLimit = false; }
    { a.b.c = 1; l = [ [ [ 1 ] ] ]; });
  lua = [ (toLua { multiline = false; } { a = [ 1 "x" true null ]; b.c = mkLuaInline "print(1)"; e = { }; l = [ ]; })
    (toLua { asBindings = true; } { x = 1; y = { z = "s"; }; }) ];
  dconf = toDconfINI { s.k = "it's"; };
}
