# The option for the package of a service that Debian may lack. Without one, the error says which option to set, and to what.
{ lib, pkgs }:

# `option' is the option's name, as users write it; `name' is the package's in nixpkgs; `program' is what the service runs of it.
{
  option,
  name,
  program ? name,
}:

lib.mkOption {
  type = lib.types.package;
  default =
    pkgs.debianPackages.${name} or (throw (
      "${option} is not set, and Debian ${pkgs.debianArchive.suite} has no package ${name}. Set it to a package with bin/${program}: "
      + "nixpkgs' one, from an input of the flake (inputs.other.legacyPackages.x86_64-linux.${name}), or one that you build."
    ));
  defaultText = lib.literalExpression "pkgs.${name}";
  description = "The package with `bin/${program}`, which Debian may lack.";
}
