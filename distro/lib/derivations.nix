# Derivations that are only evaluated when they are needed.
{ lib }:

{
  /* A set that stands for the derivation; its attributes beside the basic ones are given, so that reading them evaluates nothing. */
  lazyDerivation = { derivation, meta ? null, passthru ? { }, outputs ? [ "out" ] }:
    let
      outputAttrs = lib.genAttrs outputs (name: derivation.${name});
    in
    {
      type = "derivation";
      inherit outputs;
      inherit (derivation) outPath outputName drvPath name system;
    } // outputAttrs // (if meta == null then { inherit (derivation) meta; } else { inherit meta; }) // passthru;

  optionalDrvAttr = cond: value: if cond then value else null;

  warnOnInstantiate = message: drv:
    let withWarning = lib.warn message;
    in drv // { drvPath = withWarning drv.drvPath; outPath = withWarning drv.outPath; };
}
