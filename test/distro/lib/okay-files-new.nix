# Paths, sources and what repositories and addresses are called.
{ lib ? import ../../../distro/lib }:
with lib;
let
  fails = x: !(builtins.tryEval (builtins.deepSeq x x)).success;
  globs = pattern: map (path: (sources.sourceByGlobs /r [ pattern ]).filter "/r/${path}" "regular")
    [ "a.c" "src/a.c" "src/deep/a.c" "src/a.h" ];
  directory = pattern: map (path: (sources.sourceByGlobs /r [ pattern ]).filter "/r/${path}" "directory") [ "src" "other" "src/deep" ];
in
{
  subpath = map path.subpath.normalise [ "a//b/./c/" "./." "." "a/." "./a" ".../a" ];
  invalid = map path.subpath.isValid [ "" "/a" ".." "a/.." "a/../b" "..a" "a" ];
  components = map path.subpath.components [ "." "a/b" "./a//b/." ];
  append = map (sub: toString (path.append /a sub)) [ "b" "./b/c" "." ];
  splitRoot = path.splitRoot /a/b;
  prefixes = [ (path.hasPrefix /a /a) (path.hasPrefix /a /ab) (path.removePrefix /a /a/b/c) (path.removePrefix /a /a) ];
  inStore = map path.hasStorePathPrefix [ (/. + builtins.storeDir)
    (/. + "${builtins.storeDir}/0lz9p8xhf89kb1c1kk6jxrzskaiygnlh-bash/bin") (/. + "${builtins.storeDir}/.links") /a ];
  failing = map fails [ (path.append "/a" "b") (path.append /a "../b") (path.removePrefix /a /b) (path.hasPrefix "/a" /a)
    (path.subpath.join [ "a" ".." ]) (path.subpath.components "/a") ];

  globs = map globs [ "*.c" "**/*.c" "src/*.c" "src/**" "**" ];
  directories = map directory [ "src/*.c" "**/*.c" "src/**" ];
  clean = map (pair: cleanSourceFilter (head pair) (last pair))
    [ [ "/a/.git" "directory" ] [ "/a/x.c" "regular" ] [ "/a/x.o" "regular" ] [ "/a/x~" "regular" ]
    [ "/a/.x.swp" "regular" ] [ "/a/result" "symlink" ] [ "/a/result" "regular" ] [ "/a/CVS" "directory" ] [ "/a/fifo" "unknown" ] ];

  urlToName = map sources.urlToName [ "https://host/group/name.git" "git@host:name" "https://host/name.tar.gz" "/a/name/" ];
  shortRev = map sources.shortRev [ "0123456789abcdef" "v1.2.3" "refs/tags/release-1.0" "branch" ];
  revOrTag = [ (revOrTag "r" null) (revOrTag "r" "t") (revOrTag null null) ];
  repoRevToName = map (kind: repoRevToName kind "https://host/name.git" "v1.0" "x") [ "source" "versioned" "full" ];
  isRepository = [ (pathIsGitRepo ./.) (fails (commitIdFromGitRepo ./.)) ];
  contexts = [ (pathHasContext "a") (canCleanSource /a) ];
  types = [ (pathType ./.) (pathIsDirectory ./.) (pathIsRegularFile ./name-one.inc) ];
  defaultNix = map filesystem.resolveDefaultNix [ "/nowhere/" "/nowhere" ];
}
