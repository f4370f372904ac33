# What functions that fetch have in common.
{ lib }:

let
  inherit (builtins) attrNames concatStringsSep head intersectAttrs length map removeAttrs;

  fakeHashes = {
    hash = lib.fakeHash;
    sha256 = lib.fakeSha256;
    sha512 = lib.fakeSha512;
  };

  named = names: lib.genAttrs ([ "hash" ] ++ names) (_: null);
in
rec {
  # Variables of the user's environment that fetchers may depend on.
  proxyImpureEnvVars =
    let
      names = [ "http_proxy" "https_proxy" "ftp_proxy" "all_proxy" "no_proxy" ];
    in
    names ++ map lib.toUpper names ++ [ "NIX_SSL_CERT_FILE" ];

  /* Arguments with one of `hash` and the hash types to those with outputHash and outputHashAlgo. An empty hash becomes one that
     never matches, so that the error of the build gives the right one. */
  normalizeHash =
    {
      hashTypes ? [ "sha256" ],
      required ? true,
    }:
    args:
    let
      given = intersectAttrs (named hashTypes) args;
      names = attrNames given;
      name = head names;
      rest = removeAttrs args ([ "hash" ] ++ hashTypes);
      value = given.${name};
    in
    if args ? outputHash then
      args
    else if names == [ ] then
      (if required then throw "fetcher called without `hash`" else rest)
    else if length names > 1 then
      throw "fetcher called with mutually-incompatible arguments: ${concatStringsSep ", " names}"
    else
      rest
      // {
        outputHashAlgo = if name == "hash" then null else name;
        outputHash =
          if value != "" then
            value
          else
            fakeHashes.${name} or (throw "no “fake hash” defined for ${name}");
      };

  /* A function that takes outputHash and outputHashAlgo to one that takes `hash` or one of the hash types. */
  withNormalizedHash =
    {
      hashTypes ? [ "sha256" ],
    }:
    fetcher:
    let
      args = lib.functionArgs fetcher;
      normalize = normalizeHash {
        inherit hashTypes;
        required = !args.outputHash;
      };
    in
    assert args ? outputHash && args ? outputHashAlgo;
    assert intersectAttrs args (named hashTypes) == { };
    lib.setFunctionArgs
      (given: fetcher (normalize given))
      (removeAttrs args [ "outputHash" "outputHashAlgo" ] // { hash = args.outputHash; });
}
