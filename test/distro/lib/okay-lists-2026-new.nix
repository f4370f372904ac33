{ lib ? import ../../../distro/lib }:
with lib;
let fails = x: !(builtins.tryEval (builtins.deepSeq x x)).success; in
{
  long = [ (lists.findFirstIndex (x: x == 20000) null (range 0 20000)) (length (lists.commonPrefix (range 0 20000) (range 0 20000))) ];
  first = [ (lists.findFirstIndex (x: x > 1) null [ 1 2 3 ]) (findFirst (x: x == 1) 0 [ 1 (throw "looked at") ])
    (findFirst (x: x > 9) "none" [ 1 2 ]) (lists.findFirstIndex (_: true) "none" [ ]) ];
  strict = fails (foldl' (_: x: x) (throw "first") [ 1 ]);
  common = [ (lists.commonPrefix [ 1 2 3 ] [ 1 2 4 ]) (lists.commonPrefix [ ] [ 1 ]) (lists.commonPrefix [ 1 ] [ 2 ])
    (lists.commonPrefix [ 1 2 ] [ 1 2 ]) ];
  ends = [ (takeEnd 2 [ 1 2 3 ]) (takeEnd 9 [ 1 ]) (dropEnd 1 [ 1 2 ]) (dropEnd 9 [ 1 ]) ];
  failing = map fails [ (last [ ]) (init [ ]) (replaceElemAt [ 1 ] 1 2) (lists.removePrefix [ 1 ] [ 2 ]) ];
  infix = [ (hasInfix "b.c" "ab.cd") (hasInfix "" "") (hasInfix "." "a") (hasInfix "a" { __toString = _: "bab"; }) ];
  storePaths = map isStorePath [ "${builtins.storeDir}/0lz9p8xhf89kb1c1kk6jxrzskaiygnlh-a"
    "${builtins.storeDir}/0lz9p8xhf89kb1c1kk6jxrzskaiygnlh-a/b" "/1121rp0gvr1qya7hvy925g5kjwg66acz6sn1ra1hca09f1z5dsab" "a" 1 { } ];
  case = map toCamelCase [ "hello-world" "HelloWorld" "hello world_again" "already camelCase" "" ];
  ints = map (s: fails (toInt s)) [ "1" "01" "00" "0" "" "1.5" "99999999999999999999" ];
  fixed = [ (fixedWidthString 5 "0" "12") (fails (fixedWidthString 1 "0" "12")) ];
  pretty = [ (generators.toPretty { } 1.5) (generators.toPretty { } "a\nb\n")
    (generators.toPretty { } (generators.withRecursion { depthLimit = 2; throwOnDepthLimit = false; } { a.b.c = 1; l = [ [ [ 1 ] ] ]; })) ];
  lua = [ (generators.toLua { asBindings = true; } { x = { a = 1; }; }) (fails (generators.toLua { asBindings = true; } { "a b" = 1; })) ];
  plist = generators.toPlist { escape = true; } { a = "<b>"; l = [ ]; f = 1.5; none = null; };
  gitIni = generators.toGitINI { user.name = "a\"b"; url."https://h.x/".insteadOf = [ "a" "b" ]; core = { x = true; sub.y = 1; }; };
  url = map escapeURL [ "a b/c" "ä" ];
}
