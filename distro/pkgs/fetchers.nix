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

  # Arguments of nixpkgs' functions that are not supported: what they would change is not to be left out in silence.
  refuse =
    function: what: names: args:
    let
      given = lib.findFirst (
        name: args ? ${name} && !(builtins.elem args.${name} [ null false "" [ ] ])
      ) null names;
    in
    if given == null then
      x: x
    else
      throw "pkgs.${function} (${what}): `${given}' is not supported. Leave it out.";

  # mirror://NAME/PATH, as nixpkgs' expressions write it.
  mirrors = {
    apache = [ "https://dlcdn.apache.org/" "https://archive.apache.org/dist/" ];
    cpan = [ "https://cpan.metacpan.org/" ];
    debian = [ "https://deb.debian.org/debian/" ];
    gcc = [ "https://ftp.gnu.org/gnu/gcc/" ];
    gnome = [ "https://download.gnome.org/" ];
    gnu = [ "https://ftpmirror.gnu.org/" "https://ftp.gnu.org/pub/gnu/" ];
    gnupg = [ "https://gnupg.org/ftp/gcrypt/" ];
    hackage = [ "https://hackage.haskell.org/package/" ];
    kde = [ "https://download.kde.org/" ];
    kernel = [ "https://cdn.kernel.org/pub/" ];
    luarocks = [ "https://luarocks.org/" ];
    maven = [ "https://repo1.maven.org/maven2/" ];
    postgresql = [ "https://ftp.postgresql.org/pub/" ];
    pypi = [ "https://files.pythonhosted.org/packages/source/" ];
    samba = [ "https://www.samba.org/ftp/" ];
    savannah = [ "https://download.savannah.nongnu.org/releases/" ];
    sourceforge = [ "https://downloads.sourceforge.net/" ];
    xorg = [ "https://xorg.freedesktop.org/releases/" ];
  };
  resolved =
    url:
    let
      parts = builtins.match "mirror://([a-z0-9]+)/(.*)" url;
      name = builtins.head parts;
    in
    if parts == null then
      [ url ]
    else
      map (base: base + builtins.elemAt parts 1) (
        mirrors.${name} or (throw
          "pkgs.fetchurl: the mirror `${name}' of ${url} is unknown. Known are ${lib.concatStringsSep ", " (builtins.attrNames mirrors)}."
        )
      );

  # A tree that is fetched during evaluation, which may need its contents.
  tarball =
    name: url: args: facts:
    let
      hash = hashOf args;
      passthru = args.passthru or { };
    in
    {
      inherit name url passthru;
      outPath = builtins.fetchTarball {
        inherit name url;
        sha256 = hash.outputHash;
      };
      meta = args.meta or { };
    }
    // facts
    // passthru;
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
      recursiveHash ? false,
      downloadToTemp ? false,
      postFetch ? "",
      curlOpts ? "",
      curlOptsList ? [ ],
      nativeBuildInputs ? [ ],
      meta ? { },
      passthru ? { },
      ...
    }@args:
    let
      all = builtins.concatMap resolved (lib.optional (url != null) url ++ urls);
      first = builtins.head all;
      common = {
        name = lib.strings.sanitizeDerivationName (
          if name != "" then
            name
          else if pname != null then
            "${pname}-${toString version}"
          else
            baseNameOf (toString (if url != null then url else builtins.head urls))
        );
        inherit meta passthru;
        outputHashMode = if executable || recursiveHash then "recursive" else "flat";
        preferLocalBuild = true;
      } // lib.filterAttrs (_: v: v != null) (hashOf args);
      plain =
        postFetch == ""
        && !downloadToTemp
        && curlOpts == ""
        && curlOptsList == [ ]
        && nativeBuildInputs == [ ];
    in
    if all == [ ] then
      throw "pkgs.fetchurl: neither `url' nor `urls' is given. Give one of them."
    else
      refuse "fetchurl" first [ "netrcPhase" "netrcImpureEnvVars" "showURLs" ] args (
        if plain then
          self.builtinDerivation "fetchurl" (common // {
            url = first;
            urls = all;
            unpack = false;
            inherit executable;
          })
        else
          self.stdenvNoCC.mkDerivation (
            common
            // {
              urls = all;
              inherit executable downloadToTemp postFetch curlOpts curlOptsList;
              nativeBuildInputs = [ self.debianPackages.curl ] ++ nativeBuildInputs;
              impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ args.impureEnvVars or [ ];
              buildCommand = builtins.readFile ./fetch-file.sh;
            }
            // lib.optionalAttrs (passthru ? url == false) {
              passthru = { url = first; } // passthru;
            }
          )
      );

  # Trees are fetched during evaluation, which may need their contents, unless something is to be done with them.
  fetchzip =
    {
      url ? null,
      urls ? [ ],
      name ? "source",
      stripRoot ? true,
      postFetch ? "",
      extraPostFetch ? "",
      extension ? null,
      nativeBuildInputs ? [ ],
      ...
    }@args:
    let
      first = if url != null then url else builtins.head urls;
      plain =
        stripRoot
        && postFetch == ""
        && extraPostFetch == ""
        && extension == null
        && nativeBuildInputs == [ ]
        && urls == [ ];
    in
    refuse "fetchzip" first [ "netrcPhase" "curlOpts" "withUnzip" ] args (
      if plain then
        tarball name url args { }
      else
        fetchurl
          (
            removeAttrs args [ "stripRoot" "extraPostFetch" "extension" "postFetch" "withUnzip" ]
            // {
              inherit name;
              recursiveHash = true;
              downloadToTemp = true;
              postFetch = ''
                unpackTree "$downloadedFile" ${
                  lib.escapeShellArg
                    "${baseNameOf first}${lib.optionalString (extension != null) ".${extension}"}"
                } ${if stripRoot then "strip" else "keep"}
                ${postFetch}
                ${extraPostFetch}
                chmod 755 "$out"
              '';
            }
          )
    );
  fetchFromGitHub =
    {
      owner,
      repo,
      rev ? null,
      tag ? null,
      name ? "source",
      fetchSubmodules ? false,
      ...
    }@args:
    let
      host = args.githubBase or "github.com";
      what = "${owner}/${repo}";
      page = "https://${host}/${owner}/${repo}";
      commit = if rev != null then rev else "refs/tags/${toString tag}";
      facts = {
        inherit owner repo tag;
        rev = commit;
        gitRepoUrl = "${page}.git";
        meta = {
          homepage = page;
        } // args.meta or { };
      };
      rest = removeAttrs args [
        "owner"
        "repo"
        "rev"
        "tag"
        "fetchSubmodules"
        "githubBase"
        "forceFetchGit"
      ];
    in
    if (rev == null) == (tag == null) then
      throw "pkgs.fetchFromGitHub (${what}): give one of `rev' and `tag'"
    else
      refuse
        "fetchFromGitHub"
        what
        [ "leaveDotGit" "deepClone" "sparseCheckout" "fetchLFS" "private" "rootDir" "varPrefix" ]
        args
        (
          if fetchSubmodules || args.forceFetchGit or false then
            fetchgit (rest // {
              inherit name tag fetchSubmodules;
              url = facts.gitRepoUrl;
              rev = if rev != null then rev else null;
            })
            // facts
          else if args ? postFetch || args ? stripRoot then
            fetchzip (rest // {
              inherit name;
              passthru = facts // args.passthru or { };
              extension = "tar.gz";
              url = archiveOf {
                inherit owner repo host;
                rev = commit;
              };
            })
          else
            tarball
              name
              (archiveOf {
                inherit owner repo host;
                rev = commit;
              })
              args
              facts
        );

  # As in nixpkgs without .git, and with the submodules.
  fetchgit =
    {
      url,
      rev ? null,
      tag ? null,
      name ? lib.removeSuffix ".git" (baseNameOf (toString url)),
      fetchSubmodules ? true,
      ...
    }@args:
    refuse
      "fetchgit"
      url
      [
        "leaveDotGit"
        "deepClone"
        "sparseCheckout"
        "fetchLFS"
        "rootDir"
        "postFetch"
        "preFetch"
        "branchName"
      ]
      args
      (
        let
          wanted = hashOf args;
          isCommit = rev != null && builtins.match "[0-9a-f]{40}" rev != null;
          fetched = builtins.fetchGit (
            {
              inherit url name;
              submodules = fetchSubmodules;
              exportIgnore = false;
            }
            // (
              if isCommit then
                {
                  inherit rev;
                  allRefs = true;
                }
              else
                {
                  ref =
                    if tag != null then "refs/tags/${tag}" else if rev != null then rev else "HEAD";
                  narHash = sri;
                }
            )
          );
          sri = builtins.convertHash {
            hash = wanted.outputHash;
            hashAlgo = if wanted.outputHashAlgo == null then "sha256" else wanted.outputHashAlgo;
            toHashFormat = "sri";
          };
        in
        if isCommit && fetched.narHash != sri then
          throw
            "pkgs.fetchgit (${url}): the hash of ${rev} is wrong.\n  specified: ${sri}\n  got:       ${fetched.narHash}"
        else
          fetched // { inherit name url; } // args.passthru or { }
      );

  # nixpkgs' normalises patches before it hashes them; here a patch is what the server has.
  fetchpatch =
    args:
    refuse "fetchpatch" (toString (args.url or args.urls or "?")) [
      "stripLen"
      "extraPrefix"
      "excludes"
      "includes"
      "revert"
      "relative"
      "hunks"
      "decode"
    ] args (fetchurl args);
}
