# Results that know how they were made.
{ lib }:

let
  inherit (builtins) isAttrs mapAttrs seq;
  inherit (lib) extendDerivation;
in
rec {
  /* A function whose result has `override`, which calls the function with changed arguments. A set that can be called keeps what
     else it has. */
  makeOverridable =
    f:
    let
      mirrored = lib.mirrorFunctionArgs f;
      call =
        origArgs:
        let
          result = f origArgs;
          changed =
            newArgs: origArgs // (if lib.isFunction newArgs then newArgs origArgs else newArgs);
          override = mirrored (newArgs: makeOverridable f (changed newArgs));
          overrideResult = g: makeOverridable (mirrored (args: g (f args))) origArgs;
        in
        if isAttrs result then
          result
          // {
            inherit override;
            overrideDerivation = fdrv: overrideResult (x: overrideDerivation x fdrv);
            ${if result ? overrideAttrs then "overrideAttrs" else null} =
              fdrv: overrideResult (x: x.overrideAttrs fdrv);
          }
        else if lib.isFunction result then
          lib.setFunctionArgs result (lib.functionArgs result) // { inherit override; }
        else
          result;
    in
    if isAttrs f then
      f
      // mirrored call
      // { ${if f ? override then "override" else null} = args: makeOverridable (f.override args); }
    else
      mirrored call;

  overrideDerivation =
    drv: f:
    let
      ofSpliced.${if drv ? __spliced then "__spliced" else null} = mapAttrs (
        _: spliced: overrideDerivation spliced f
      ) drv.__spliced;
    in
    extendDerivation
      (seq drv.drvPath true)
      (
        {
          meta = drv.meta or { };
          passthru = drv.passthru or { };
        }
        // drv.passthru or { }
        // ofSpliced
      )
      (derivation (drv.drvAttrs // f drv));
}
