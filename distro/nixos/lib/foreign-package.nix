# The option `package` of a service that Debian has no package of: the user gives one.
{ lib, pkgs }:

/* `option` is the name of the option, or its path; `name` the package's name in nixpkgs. Where an overlay or the suite has it, it is the
   default. */
option: name:
let
  found = builtins.tryEval pkgs.${name};
  optionName = if builtins.isList option then lib.showOption option else option;
in
lib.mkOption {
  type = lib.types.package;
  default =
    if pkgs ? ${name} && found.success then
      found.value
    else
      throw (
        "${optionName} is not set, and Debian ${pkgs.debianRelease.suite} has no package `${name}'. Set it to that of nixpkgs, "
        + "such as inputs.other.legacyPackages.x86_64-linux.${name}, or to a package of your own."
      );
  defaultText = lib.literalMD "none: Debian has no package of it";
  example = lib.literalExpression "inputs.other.legacyPackages.x86_64-linux.${name}";
  description = "The package, from nixpkgs or your own.";
}
