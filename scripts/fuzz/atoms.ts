/** The smallest expressions of each kind: the values at which implementations part ways. */
import type { Plain } from './kinds.ts';
import { sought } from './shapes.ts';

const ints = ['0', '1', '2', '3', '7', '10', '65', '255', '(-1)', '(-2)', '(-7)', '4294967296', '9007199254740991', '9007199254740993', '9223372036854775807', '(-9223372036854775807)', '(-9223372036854775807 - 1)'];
const floats = ['0.0', '0.5', '1.0', '(-2.5)', '1.5', '3.14159265', '1.0e10', '3.0e-5', '1.0e200', '.5', '1.', '123456.789', '1234567.0', '(-0.0)', '1.0e19', '9007199254740993.0', '0.1'];
const strings = [
  '""', '"a"', '"b"', '"ab"', '"abcab"', '"a b"', '"a\\nb\\tc\\r\\\\"', '"é"', '"日本"', '"x\\"y"', '"$"', '"$$"', '"$${a}"', '"\\${a}"', '"0"', '"12"', '"-5"', '"1.5"', '"/"', '"/a/b"', '"."', '"a/b/"',
  "''a''", "''\n  a\n    b\n  c''", "''\n    x ''\\n ''$ ''' y\n\n  \n  z\n  ''", "''  \n a''", '"sha256"', '"foo-1.2.3"', '"type"', 'http://example.org/a?b=c', 'x:y', '"a.b"', '"<&>\'"', '"\\x"',
];
const names = ['"a"', '"b"', '"c"', '"x"', '"y"', '"a b"', '""', '"if"', '"name"', '"value"', '"_"', '"1"', '"outPath"'];
const sets = [
  '{ }', '{ a = 1; }', '{ a = 1; b = "x"; }', '{ b = 2; c = { d = 1; }; }', '{ c.d = 1; c.e = 2; }', 'rec { a = 1; b = a; }', '{ "a b" = 1; ${"c"} = 2; ${null} = 3; }', '{ outPath = "/o"; }', '{ outPath = ./in/files; }',
  '{ __toString = s: "t"; }', '{ __toString = s: s.a; a = "q"; }', '{ __functor = s: x: x; }', '{ __functor = s: x: s.a; a = 4; }', '{ name = "n"; value = 1; }', '{ type = "derivation"; outPath = "/x"; }', '{ type = "derivation"; }', '{ a = null; b = [ ]; c = { }; }',
  '{ x = 1; y = { x = 2; }; }', '{ _type = "t"; }', 'rec { x = y; y = 1; }', '{ a = throw "inside"; b = 1; }', '{ outPath = 1; }', '{ __toString = 1; }', '{ name = "p"; path = ./in/files/text; }', '{ path = ./in/files; name = "q"; recursive = true; }',
  '{ hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; toHashFormat = "base16"; }', '{ hash = "d41d8cd98f00b204e9800998ecf8427e"; hashAlgo = "md5"; toHashFormat = "nix32"; }', '{ hash = "x"; hashAlgo = "sha1"; toHashFormat = "sri"; }',
];
const drv = [
  'derivation { name = "d"; system = "x86_64-linux"; builder = "/bin/sh"; }', 'derivation { name = "d"; system = "s"; builder = "b"; outputs = [ "out" "dev" ]; args = [ "a" 1 ]; x = true; }',
  'derivation { name = "d"; system = "s"; builder = ./in/files/text; __structuredAttrs = true; a = { b = [ 1 2.5 null ]; }; }', 'derivation { name = "d"; system = "s"; builder = "b"; outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; outputHashMode = "recursive"; }',
  '{ name = "d"; system = "s"; builder = "b"; }', '{ name = "d e"; system = "s"; builder = "b"; }', '{ name = "d"; system = 1; builder = "b"; }', '{ name = "d"; builder = "b"; }', '{ name = "d"; system = "s"; builder = "b"; outputs = [ ]; }', '{ name = "d"; system = "s"; builder = "b"; __ignoreNulls = true; n = null; }',
];

const flakeref = ['"github:a/b"', '"github:a/b/c?dir=d"', '"path:/a"', '"/a"', '"./a"', '"nixpkgs"', '"nixpkgs/x/y"', '"git+https://a.b/c?ref=d&rev=0123456789abcdef0123456789abcdef01234567"', '"https://a.b/c.tar.gz"', '"tarball+https://a.b/c"', '"gitlab:a/b"', '"sourcehut:~a/b"', '"github:a"', '"x:y"', '""', '"path:a?narHash=x"', '"github:a/b?rev=1"', '"flake:a/b"', '"git+file:///a"', '"github:a/b#c"', '"a b"'];
const flakeattrs = ['{ type = "github"; owner = "a"; repo = "b"; }', '{ type = "github"; owner = "a"; repo = "b"; ref = "c"; dir = "d"; }', '{ type = "path"; path = "/a"; }', '{ type = "indirect"; id = "a"; }', '{ type = "git"; url = "https://a.b/c"; ref = "d"; submodules = true; }', '{ type = "tarball"; url = "https://a.b/c"; }', '{ type = "x"; }', '{ owner = "a"; }', '{ type = "github"; owner = "a"; repo = "b"; rev = "c"; }', '{ type = "path"; path = "/a"; lastModified = 5; }', '{ type = "path"; path = "/a"; x = -1; }', '{ type = "path"; path = null; }'];

/** Derivations alone stand for sets of many attributes that print long; their printing is cut short. */
export const atoms: Readonly<Record<Plain, readonly string[]>> = {
  any: [...ints.slice(0, 6), 'null', 'true', 'false', '"s"', '[ ]', '{ }', '(x: x)', './in/files/text', '1.5', '[ 1 "a" ]', '{ a = 1; }', 'builtins.add', '(throw "t")', '__curPos', '(abort "stop")', '(assert false; 1)', '(builtins.map (x: x))'],
  int: ints, float: floats, num: [...ints, ...floats], bool: ['true', 'false'], null: ['null'], string: strings,
  path: ['./in/files', './in/files/text', './in/files/set.nix', './in/files/../files/text', '/', '/a/b', './missing', './in/files/data.json', '(./in/files + "/text")', './in/files/${"text"}', './in/files/empty', '/nix/store/../x', './in/files/function.nix'],
  set: sets, drv, name: names,
  json: ['"{\\"a\\":[1,2.5,null,true]}"', '"[1,-0,1e3,12345678901234567890]"', '"\\"x\\\\u00e9\\\\ud83d\\\\ude00\\""', '""', '"{"', '"[1,]"', '"nul"', '" 1 "', '"1 2"', '"{\\"a\\":1,\\"a\\":2}"', '"-"', '"01"', '"\\"\\n\\""', '"1.0"', '"-1.5e-3"', '"[[[]],{}]"', '"9223372036854775808"', '"1E400"'],
  toml: ['"x = 1"', '"a.b = [1, 2]\\n[c]\\nd = 1.5"', '"[[t]]\\nk = 1\\n[[t]]\\nk = 2"', '"x = \'q\'"', '"x = "', '"x = 1\\nx = 2"', '"d = 1979-05-27"', '"f = [inf, nan, -inf]"', '"h = 0xff\\no = 0o7\\nb = 0b1"', '"s = \\"\\"\\"\\na\\\\\\n  b\\"\\"\\""', '"[a]\\n[a]"', '"n = 9223372036854775807"', '"\\"a b\\".c = {d = 1}"', '"e = 1e3"', '"u = \\"\\\\u00e9\\""', '"n = 9223372036854775808"'],
  regex: ['"a"', '"[a-b]+"', '"(a)(b)?"', '"(a|ab)(c|bcd)*"', '".*"', '"^a"', '"[[:space:]]+"', '"(x*)*"', '"a{1,2}"', '"("', '"[^/]*"', '"a**"', '"()"', '"\\\\."', '"[]a]"', '"b$"', '"(.)(.)"', '"[z-a]"', '"a|"', '"(([0-9]+)|([a-z]+))"', '"a{2,1}"', '"\\\\d"', '"[[:foo:]]"', '"é"', '"*a"', '"a{"', '"+"', '"[a"', '"\\\\"', '")"', '"x{0}"'],
  hash: ['"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="'],
  version: ['"1.2.3"', '"1.2pre"', '"1.2"', '""', '"foo-1.0"', '"a-b-2.3-rc1"', '"2.3.0a"', '"1..2"', '"pre"', '"nix-2.34.8pre20260101_abc"', '"-1"', '"a--1"', '"1.10"'],
  base: ['"base16"', '"nix32"', '"base64"', '"sri"', '"base32"'], algo: ['"md5"', '"sha1"', '"sha256"', '"sha512"', '"sha3"', '"blake3"', '"SHA256"'],
  index: ['0', '1', '2', '3', '(-1)', '100', '9223372036854775807'], count: ['0', '1', '2', '3', '5', '(-1)'],
  pairs: ['[ { name = "a"; value = 1; } ]', '[ { name = "b"; value = 1; } { name = "a"; value = [ ]; } { name = "b"; value = 2; } ]', '[ ]', '[ { name = "a"; } ]', '[ { value = 1; } ]', '[ { name = 1; value = 1; } ]', '[ 1 ]', '[ { name = "a"; value = throw "v"; } ]'],
  closure: [
    '{ startSet = [ { key = 1; } ]; operator = x: [ ]; }', '{ startSet = [ { key = 1; } ]; operator = x: if x.key > 3 then [ ] else [ { key = x.key + 1; } ]; }', '{ startSet = [ { key = "a"; } { key = "b"; v = 1; } ]; operator = x: [ { key = "a"; } ]; }', '{ startSet = [ ]; }', '{ operator = 1; }',
    '{ startSet = [ { } ]; operator = x: [ ]; }', '{ startSet = [ 1 ]; operator = x: [ ]; }', '{ startSet = [ { key = { }; } { key = 1; } ]; operator = x: [ ]; }', '{ startSet = [ { key = 1; } ]; operator = 1; }', '{ startSet = [ { key = [ 1 ]; } ]; operator = x: [ { key = [ 1 ]; } ]; }', '{ startSet = [ { key = 1; } { key = "a"; } ]; operator = x: [ ]; }', '{ startSet = [ { key = 1; } ]; operator = x: 1; }', '{ startSet = [ { key = 1.5; } { key = 1; } ]; operator = x: [ ]; }',
  ],
  hashspec: ['{ hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; toHashFormat = "base16"; }', '{ hash = "d41d8cd98f00b204e9800998ecf8427e"; hashAlgo = "md5"; toHashFormat = "nix32"; }', '{ hash = "x"; hashAlgo = "sha1"; toHashFormat = "sri"; }'],
  pathspec: ['{ path = ./in/files; }', '{ path = ./in/files/text; recursive = false; }', '{ name = "q"; }'], searchpath: ['[ { path = ./in; prefix = ""; } ]'], sought,
  flakeref, flakeattrs,
  replace: ['[ "a" ]'], date: ['"x"'],
  context: ['{ }', '{ "/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-x".path = true; }', '{ "/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-x.drv".outputs = [ "out" ]; }', '{ "/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-x.drv".allOutputs = true; }', '{ "/x".path = true; }', '{ "/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-x".outputs = [ "out" ]; }', '{ "/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-x".allOutputs = true; }', '{ "/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-x.drv".outputs = [ ]; }', '{ "/nix/store/x" = 1; }', '{ "/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-x" = { }; }', '{ "/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-x".path = 1; }'],
  absolute: ['"/a/b"', '"/"', '"/a/b/"', '"/a//b/./c/.."', '"a"', '""', './in/files', '"a/b"', '"/a"', '"a/"', '"//"', '"/nix/store/x"'],
};

/** Files that expressions read; written beside them. */
export const files: Readonly<Record<string, string>> = {
  'in/files/text': 'some text\n', 'in/files/empty': '', 'in/files/set.nix': '{ a = 1; b.c = "d"; }\n', 'in/files/function.nix': '{ x ? 1, ... }@args: x\n', 'in/files/data.json': '{"a":[1,2]}', 'in/files/broken.nix': '{ a = ; }\n', 'in/files/scope.nix': 'a + 1\n', 'in/files/default.nix': '[ ./text __curPos ]\n',
  'show.nix': `# A value and its contexts as one line, so that two evaluators can be compared by what they print.
let
  inherit (builtins) attrNames concatStringsSep functionArgs getContext hasContext isAttrs isString map toJSON toString typeOf unsafeDiscardStringContext;
  context = s: concatStringsSep " " (map (p: "\${p}:\${toJSON (getContext s).\${p}}") (attrNames (getContext s)));
  text = s: "\\"\${unsafeDiscardStringContext s}\\"" + (if hasContext s then " <\${context s}>" else "");
  isDerivation = v: v ? type && isString v.type && v.type == "derivation" && v ? drvPath;
  show = depth: v:
    if depth == 0 then "..."
    else if isAttrs v && isDerivation v then "derivation \${text v.drvPath} \${text v.outPath}"
    else if isAttrs v then "{ \${concatStringsSep "" (map (n: "\${n} = \${show (depth - 1) v.\${n}}; ") (attrNames v))}}"
    else if builtins.isList v then "[ \${concatStringsSep "" (map (e: "\${show (depth - 1) e} ") v)}]"
    else if builtins.isFunction v then "function \${show 2 (functionArgs v)}"
    else if isString v then text v
    else if builtins.isPath v then "path \${toString v}"
    else if builtins.isFloat v then "float \${toJSON v} \${toString v}"
    else if v == null then "null"
    else if builtins.isBool v then (if v then "true" else "false")
    else toString v;
in v: "(value) \${show 7 v} (end)"
`,
};
