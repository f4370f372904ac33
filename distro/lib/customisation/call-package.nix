# Functions called with what they name.
{ lib }:

let
  inherit (builtins) attrNames filter head intersectAttrs mapAttrs;
  inherit (lib) makeOverridable;
in
{
  callPackageWith =
    autoArgs: fn: args:
    let
      f = if lib.isFunction fn then fn else import fn;
      fargs = lib.functionArgs f;
      allArgs = intersectAttrs fargs autoArgs // args;
      # Arguments without default that are nowhere.
      missing = filter (name: !fargs.${name} && !(allArgs ? ${name})) (attrNames fargs);
      place =
        let
          pos = if missing == [ ] then null else builtins.unsafeGetAttrPos (head missing) fargs;
        in
        if pos != null then
          " at ${pos.file}:${toString pos.line}"
        else if lib.isFunction fn then
          ""
        else
          " of ${toString fn}";
      near = lib.modules.nearest.nearest (head missing) (attrNames autoArgs);
      hint =
        if near == [ ] then
          ""
        else
          ", did you mean ${builtins.concatStringsSep " or " (map (n: "\"${n}\"") near)}?";
    in
    if missing == [ ] then
      makeOverridable f allArgs
    else
      abort
        "lib.customisation.callPackageWith: Function called without required argument \"${head missing}\"${place}${hint}";

  callPackagesWith =
    autoArgs: fn: args:
    let
      f = if lib.isFunction fn then fn else import fn;
      auto = intersectAttrs (lib.functionArgs f) autoArgs;
      mirrored = lib.mirrorFunctionArgs f;
      origArgs = auto // args;
      pkgs = f origArgs;
      pick = name: makeOverridable (mirrored (newArgs: (f newArgs).${name})) origArgs;
    in
    if lib.isDerivation pkgs then
      throw (
        "function `callPackages` was called on a *single* derivation "
        + "\"${pkgs.name or "<unknown-name>"}\"; did you mean to use `callPackage` instead?"
      )
    else
      mapAttrs (name: _: pick name) pkgs;
}
