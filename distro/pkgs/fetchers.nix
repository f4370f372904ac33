# Files from the network, by hash.
{ lib, self }:

let
  # One of nixpkgs' ways to give a hash, as Nix's pair of attributes.
  hashOf =
    args:
    if args ? hash && args.hash != "" then
      {
        outputHash = args.hash;
        outputHashAlgo = null;
      }
    else if args ? sha512 then
      {
        outputHash = args.sha512;
        outputHashAlgo = "sha512";
      }
    else if args ? sha256 then
      {
        outputHash = args.sha256;
        outputHashAlgo = "sha256";
      }
    else if args ? sha1 then
      {
        outputHash = args.sha1;
        outputHashAlgo = "sha1";
      }
    else if args ? outputHash then
      {
        inherit (args) outputHash;
        outputHashAlgo = args.outputHashAlgo or null;
      }
    else
      throw (
        "pkgs.fetchurl requires a hash for the fixed-output derivation of "
        + "${toString (args.url or args.urls or "?")}. If you don't know it, give `hash = "
        + "lib.fakeHash;' and take the right one from the error."
      );

  archiveOf =
    {
      owner,
      repo,
      host,
      rev,
    }:
    "https://${host}/${owner}/${repo}/archive/${rev}.tar.gz";

  tarball =
    name: url: args:
    let
      hash = hashOf args;
    in
    builtins.fetchTarball {
      inherit name url;
      sha256 = hash.outputHash;
    };
in
rec {
  fetchurl =
    {
      url ? null,
      urls ? [ ],
      name ? "",
      pname ? null,
      version ? null,
      executable ? false,
      meta ? { },
      passthru ? { },
      postFetch ? "",
      ...
    }@args:
    let
      all = lib.optional (url != null) url ++ urls;
      first = builtins.head all;
    in
    if all == [ ] then
      throw "pkgs.fetchurl: neither `url' nor `urls' is given. Give one of them."
    else if postFetch != "" then
      throw
        "pkgs.fetchurl (${first}): `postFetch' runs a build, for which the Debian distribution has no stdenv yet. Leave it out."
    else
      self.builtinDerivation "fetchurl" ({
        name = lib.strings.sanitizeDerivationName (
          if name != "" then
            name
          else if pname != null then
            "${pname}-${toString version}"
          else
            baseNameOf (toString first)
        );
        url = first;
        urls = all;
        unpack = false;
        inherit executable meta passthru;
        outputHashMode = if executable then "recursive" else "flat";
        preferLocalBuild = true;
      } // lib.filterAttrs (_: v: v != null) (hashOf args));

  # Trees are fetched during evaluation, which may need their contents.
  fetchzip =
    {
      url,
      name ? "source",
      ...
    }@args:
    tarball name url args;
  fetchFromGitHub =
    {
      owner,
      repo,
      rev ? null,
      tag ? null,
      name ? "source",
      ...
    }@args:
    tarball
      name
      (archiveOf {
        inherit owner repo;
        host = args.githubBase or "github.com";
        rev = if rev != null then rev else "refs/tags/${tag}";
      })
      args;
  fetchgit = { url, rev, ... }@args: builtins.fetchGit { inherit url rev; };
  fetchpatch = fetchurl;
}
