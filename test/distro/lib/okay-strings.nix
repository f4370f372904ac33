{ lib ? import ../../../distro/lib }:
with lib;
{
  concat = [ (concatStrings [ "a" "b" ]) (concatMapStrings (x: "a" + x) [ "x" "y" ])
    (concatImapStrings (pos: x: "${toString pos}-${x}") [ "x" "y" ]) (concatMapStringsSep "-" toUpper [ "foo" "bar" ])
    (concatImapStringsSep "-" (pos: x: toString (x / pos)) [ 6 6 6 ]) ];
  intersperse = [ (intersperse "/" [ "usr" "local" "bin" ]) (intersperse "," [ ]) ];
  search = [ (makeSearchPath "bin" [ "/root" "/usr" "/usr/local" ]) (makeBinPath [ "/root" "/usr" ]) ];
  optional = [ (optionalString true "some-string") (optionalString false "some-string") ];
  affixes = [ (hasPrefix "foo" "foobar") (hasPrefix "foo" "barfoo") (hasSuffix "foo" "foobar") (hasSuffix "foo" "barfoo")
    (hasInfix "bc" "abcd") (hasInfix "dc" "abcd") (hasInfix "" "x") ];
  removes = [ (removePrefix "foo." "foo.bar.baz") (removePrefix "xxx" "foo.bar.baz") (removeSuffix "front" "homefront")
    (removeSuffix "xxx" "homefront") (removeSuffix "longer" "er") ];
  chars = [ (stringToCharacters "abc") (stringAsChars (x: if x == "a" then "i" else x) "nax") ];
  split = [ (splitString "." "foo.bar.baz") (splitString "/" "/usr/local/bin") (splitString "a" "") (splitString "+|" "a+|b+|") ];
  case = [ (toLower "HOME") (toUpper "home") ];
  escape = [ (escape [ "(" ")" ] "(foo)") (strings.escapeNixString "hello\${}\n") ];
  shell = [ (escapeShellArg "esc'ape\nme") (escapeShellArgs [ "one two" "$three" "four'five" ]) ];
  versions = [ (versionOlder "1.1" "1.2") (versionOlder "1.1" "1.1") (versionAtLeast "1.1" "1.0")
    (versionAtLeast "1.1" "1.1") (versionAtLeast "1.1" "1.2") (getName "youtube-dl-2016.01.01")
    (getVersion "youtube-dl-2016.01.01") (getName { name = "x-1"; pname = "y"; }) (getVersion { name = "x-1"; }) ];
  url = nameFromURL "https://nixos.org/releases/nix/nix-1.7/nix-1.7-x86_64-linux.tar.bz2" "-";
  features = [ (enableFeature true "shared") (enableFeature false "shared") (enableFeatureAs true "shared" "foo")
    (enableFeatureAs false "shared" "foo") (withFeature true "shared") (withFeatureAs true "shared" "foo")
    (withFeatureAs false "shared" "foo") ];
  fixed = [ (fixedWidthString 5 "0" (toString 15)) (fixedWidthNumber 5 15) ];
  ints = [ (toInt "1337") (toInt "-4") ];
  storePath = [ (isStorePath "/nix/store/d945ibfx9x185xf04b890y4f9g3cbb63-python-2.7.11/bin/python")
    (isStorePath "/nix/store/d945ibfx9x185xf04b890y4f9g3cbb63-python-2.7.11") (isStorePath [ ]) (isStorePath 42) (isStorePath "/usr") ];
  sanitize = map strings.sanitizeDerivationName [ "..foo" "foo@@baz^^bar" "" "a b" "ok-1.0" ];
  shaped = strings.sanitizeDerivationName (concatStrings (genList (x: "a") 250)) == concatStrings (genList (x: "a") 207);
}
