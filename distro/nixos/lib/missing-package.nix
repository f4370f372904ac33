# The option for a package that Debian does not have: it is the user's to give.
{ lib, pkgs }:

/* `name` is nixpkgs' name, under which an overlay may have it; `option` the name of the option. */
name: option:
lib.mkOption {
  type = lib.types.package;
  default =
    let
      found = builtins.tryEval (pkgs.${name} or (throw "none"));
    in
    if found.success then
      found.value
    else
      throw (
        "${option} is not set, and Debian ${pkgs.debianRelease.suite} has no package `${name}'. Set it to one: nixpkgs' "
        + "(inputs.NAME.legacyPackages.x86_64-linux.${name}), or one that you build."
      );
  defaultText = lib.literalExpression "pkgs.${name}";
  description = "The package `${name}`, which Debian does not have.";
}
