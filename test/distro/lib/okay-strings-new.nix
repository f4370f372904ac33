{ lib ? import ../../../distro/lib }:
with lib;
{
  join = [ (join ", " [ "a" "b" ]) (concatLines [ "a" "b" ])
    (concatMapAttrsStringSep "\n" (n: v: "${n}: ${v}") { a = "0.1"; b = "0.2"; }) (strings.replicate 3 "ab") ];
  trim = [ (trim " \t hello \n ") (trim "   ") (trimWith { start = true; } "  x  ") (trimWith { end = true; } "  x  ") (trim "a b") ];
  case = [ (toSentenceCase "hELLO") (toCamelCase "hello-world") (toCamelCase "Hello_big world") ];
  escapes = [ (escapeC [ " " ] "foo bar") (escapeURL "foo/bar baz") (escapeRegex "[^a-z]*")
    (escapeXML ''"test" 'test' < & >'') (escapeNixIdentifier "hello") (escapeNixIdentifier "0abc")
    (escapeNixIdentifier "if") (escapeShellArg "plain-1.0/x") (escapeShellArg "") ];
  shellVars = [ (toShellVar "foo" "some string") (toShellVar "foo" [ "a b" "c" ])
    (toShellVar "foo" { a = 1; "b c" = "d"; }) (toShellVars { a = 1; b = [ ]; }) ];
  ints = [ (toIntBase10 "0000123") (toInt "  123 ") (toInt "0") (toIntBase10 "000") (toIntBase10 " -0012 ")
    (builtins.tryEval (toInt "00024")).success (builtins.tryEval (toInt "3.14")).success ];
  cmake = [ (cmakeBool "ENABLE_STATIC" false) (cmakeFeature "MODULES" "badblock") (mesonOption "engine" "opengl")
    (mesonBool "hardened" true) (mesonEnable "opengl" true) ];
  levenshtein = [ (levenshtein "foo" "foo") (levenshtein "book" "hook") (levenshtein "hello" "Heyo") (levenshtein "" "abc")
    (levenshtein "kitten" "sitting") ];
  levenshteinAtMost = [ (levenshteinAtMost 0 "foo" "foo") (levenshteinAtMost 1 "foo" "boa") (levenshteinAtMost 2 "foo" "boa") ];
  like = map isStringLike [ "a" ./. { outPath = ""; } { __toString = _: ""; } 1 [ ] { } ];
  float = [ (floatToString 0.5) (floatToString 1.0) ];
  common = [ (strings.commonPrefixLength "abcd" "abxy") (strings.commonSuffixLength "foobar" "xxbar") ];
  charToInt = map charToInt [ "A" "~" "\n" ];
  splitBy = strings.splitStringBy (prev: cur: elem cur [ "." "-" ]) false "v1.2-beta";
  normalizePath = [ (normalizePath "/a//b///c/") (normalizePath "/a/b") ];
}
