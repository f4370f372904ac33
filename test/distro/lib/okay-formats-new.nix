# Addresses, GVariant, command lines, hashes of fetchers.
{ lib ? import ../../../distro/lib }:
with lib;
let
  fails = x: !(builtins.tryEval (builtins.deepSeq x x)).success;
  ip = network.ipv6.fromString;
  inherit (fetchers) normalizeHash withNormalizedHash;
  v = x: toString (gvariant.mkValue x);
in
{
  ipv6 = map ip [ "2001:DB8::ffff/64" "::" "::1" "1::" "1:2:3:4:5:6:7:8" "1:2:3:4:5:6:7::/128" ];
  notIpv6 = map (text: fails (ip text)) [ "" "1" "1:2:3:4:5:6:7" "1:2:3:4:5:6:7:8:9" "1::2::3" ":1::" "::10000" "::g"
    "::/0" "::/129" "::/1/2" "1:2:3:4:5:6:7:8::" ];
  eui64 = map mkEUI64Suffix [ "66:75:63:6B:20:75" "00-11-22-AA-BB-CC" "001122aabbcc" "00.11.22.aa.bb.cc" ];
  notMac = map (text: fails (mkEUI64Suffix text)) [ "" "001122aabb" "00:11:22:aa:bb:gg" ];

  gvariant = with gvariant; [ (v true) (v 1.5) (v "it's\n") (v [ "a" "b" ]) (v [ (mkUint32 1) ])
    (v (mkTuple [ (mkInt32 1) "a" ])) (v (mkDictionaryEntry "k" (mkVariant "x"))) (v (mkNothing type.string))
    (v (mkJust (mkInt64 4))) (v (mkEmptyArray type.uchar)) (v (mkObjectpath "/a")) (v (mkUchar 255)) (v (mkArray [ [ "a" ] [ "b" ] ])) ];
  notGvariant = map (x: fails (v x)) [ 1 { } null [ ] [ "a" true ] ];
  dconf = generators.toDconfINI { "a/b" = { text = "x"; list = [ "a" ]; number = gvariant.mkInt32 1; }; };

  commandLine = let set = { v = true; verbose = [ true false null ]; i = ".bak"; name = "x y"; list = [ "a" "b" ];
    no = false; none = null; number = 1; }; in [
    (cli.toCommandLineGNU { } set)
    (cli.toCommandLineShellGNU { } set)
    (cli.toCommandLine (name: { option = "-${name}"; sep = null; explicitBool = true; }) set)
    (cli.toCommandLine (name: { option = "/${name}"; sep = ":"; explicitBool = false; formatArg = x: "<${toString x}>"; }) set)
  ];

  hashes = map (normalizeHash { hashTypes = [ "sha256" "sha512" ]; })
    [ { hash = "h"; a = 1; } { sha512 = ""; } { sha256 = "s"; } { outputHash = "o"; } ];
  withoutHash = [ (normalizeHash { required = false; } { a = 1; }) (fails (normalizeHash { } { }))
    (fails (normalizeHash { } { hash = "a"; sha256 = "b"; })) ];
  fetcher = let f = withNormalizedHash { }
    ({ outputHash, outputHashAlgo, name ? "n" }: [ outputHash outputHashAlgo name ]);
  in [ (f { hash = "h"; }) (f { sha256 = "s"; name = "m"; }) (functionArgs f) ];
  proxies = fetchers.proxyImpureEnvVars;
}
