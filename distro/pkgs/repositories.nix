# Apt repositories beside Debian's archive, as `nixpkgs.debian.repositories` and `config.debian.repositories` have them: name -> an input of
# the flake whose url begins with `apt+`, or { source = that; packages = [ "docker-*" ]; }.
{ lib }:
let
  inherit (builtins) all attrNames isAttrs isList isPath isString;

  isTree = x: isPath x || isString x || isAttrs x && x ? outPath;
  isName = x: isString x && builtins.match "[A-Za-z0-9+._*-]+" x != null;
  fault =
    name: wanted:
    throw
      "nixpkgs.debian.repositories.${name}: it should be ${wanted}, as in: nixpkgs.debian.repositories.${name} = inputs.${name};";
in
lib.mapAttrs (
  name: given:
  let
    entry = if isTree given then { source = given; } else given;
    packages = entry.packages or null;
    unknown = if isAttrs entry then attrNames (removeAttrs entry [ "source" "packages" ]) else [ ];
  in
  if !isAttrs entry || !isTree (entry.source or null) then
    fault
      name
      "an input of the flake whose url begins with apt+https:, or { source = that input; packages = [ ... ]; }"
  else if unknown != [ ] then
    fault name "a set without `${lib.head unknown}'"
  else if packages != null && !(isList packages && all isName packages) then
    fault name "a set whose `packages' is a list of names, in which * stands for any characters"
  else
    {
      inherit packages;
      source = entry.source.outPath or entry.source;
    }
)
