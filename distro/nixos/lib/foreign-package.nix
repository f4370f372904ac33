# The option `package` of a service that Debian has no package of: the user gives one.
{ lib, pkgs }:

/* `option` is the name of the option and `name` that of the package in nixpkgs, which an overlay or the suite may have: it is the default
   then. `program` is what the service runs of it, if the error is to say so. */
{
  option,
  name,
  program ? null,
}:
let
  found = builtins.tryEval pkgs.${name};
in
lib.mkOption {
  type = lib.types.package;
  default =
    if pkgs ? ${name} && found.success then
      found.value
    else
      throw (
        "${option} is not set, and Debian ${pkgs.debianRelease.suite} has no package `${name}'. Set it to that of nixpkgs, "
        + "such as inputs.other.legacyPackages.x86_64-linux.${name}, or to a package of your own"
        + lib.optionalString (program != null) " with bin/${program}"
        + "."
      );
  defaultText = lib.literalMD "none: Debian has no package of it";
  example = lib.literalExpression "inputs.other.legacyPackages.x86_64-linux.${name}";
  description = "The package, from nixpkgs or your own.";
}
