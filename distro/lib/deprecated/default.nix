# Functions that nixpkgs keeps for old code. Nothing new should use them.
{ lib }:

let
  part = file: import file { inherit lib; };
in
part ./merging.nix
// part ./closures.nix
// part ./flags.nix
// {
  imap = lib.imap1;

  maybeEnv =
    name: default:
    let
      value = builtins.getEnv name;
    in
    if value == "" then default else value;

  nixType =
    x:
    let
      kind = builtins.typeOf x;
    in
    if lib.isFunction x && !(builtins.isAttrs x) then
      "function"
    else if kind == "set" then
      (if x ? outPath then "derivation" else "attrs")
    else if builtins.elem kind [ "list" "bool" "null" "int" ] then
      kind
    else
      "string";

  # Placeholder hashes: the build fails with an error that gives the right one.
  fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  fakeSha256 = lib.strings.replicate 64 "0";
  fakeSha512 = lib.strings.replicate 128 "0";
}
