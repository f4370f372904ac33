# import nixpkgs { system = "x86_64-linux"; config = { ... }; overlays = [ ... ]; }: the package set.
{
  system ? localSystem.system or localSystem,
  localSystem ? builtins.currentSystem or "x86_64-linux",
  config ? { },
  overlays ? [ ],
  crossSystem ? null,
  ...
}:

if crossSystem != null && (crossSystem.system or crossSystem) != system then
  throw (
    "crossSystem = ${builtins.toJSON crossSystem}: packages come from Debian's archive for "
    + "${system}, and none is compiled for another system. Leave it out."
  )
else
  import ./pkgs {
    inherit system config overlays;
    source = ./.;
  }
