# Derivations that are only evaluated when they are needed.
{ lib }:

let
  inherit (builtins) isFunction isString mapAttrs removeAttrs;

  list = lib.generators.toPretty { multiline = false; };
in
rec {
  inherit (builtins) addDrvOutputDependencies unsafeDiscardOutputDependency;

  /* A set that stands for the derivation; its attributes beside the basic ones are given, so that reading them evaluates nothing. */
  lazyDerivation =
    {
      derivation,
      meta ? null,
      passthru ? { },
      outputs ? [ "out" ],
    }@args:
    let
      pos = builtins.unsafeGetAttrPos "outputs" args;
      here =
        if pos == null then "" else ", at ${pos.file}:${toString pos.line}:${toString pos.column}";
      there =
        if isString (derivation.meta.position or null) then
          ", defined at ${derivation.meta.position}"
        else
          "";
      checked =
        if derivation.type or null != "derivation" then
          throw "lazyDerivation: input must be a derivation."
        else if derivation.outputs != outputs then
          throw ''
            lib.lazyDerivation: The derivation ${derivation.name or "<unknown>"} has outputs that don't match the assumed outputs.

            Assumed outputs passed to lazyDerivation${here}:
                ${list outputs};
            Actual outputs of the derivation${there}:
                ${list derivation.outputs}

            Pass the actual outputs, in the same order. Where they aren't known beforehand, use the derivation without lazyDerivation.''
        else
          derivation;
    in
    {
      type = "derivation";
      inherit outputs;
      inherit (checked) outPath outputName drvPath name system;
      meta = args.meta or checked.meta;
    }
    // lib.genAttrs outputs (name: checked.${name})
    // passthru;

  optionalDrvAttr = cond: value: if cond then value else null;

  /* Using the derivation prints a warning; looking at its name and meta doesn't. */
  warnOnInstantiate =
    message: drv:
    drv
    // mapAttrs (_: lib.warn message) (removeAttrs drv [ "meta" "name" "type" "outputName" ])
    // lib.optionalAttrs (isFunction (drv.overrideAttrs or null)) {
      overrideAttrs = f: warnOnInstantiate message (drv.overrideAttrs f);
    };
}
