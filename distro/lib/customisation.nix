# Functions that can be called again with other arguments.
{ lib }:

let
  inherit (builtins) attrNames concatMap functionArgs head intersectAttrs isAttrs isFunction isList isString listToAttrs map mapAttrs removeAttrs seq;
in
rec {
  /* A function whose result has `override`, which calls the function with changed arguments. */
  makeOverridable = f:
    lib.mirrorFunctionArgs f (origArgs:
      let
        result = f origArgs;
        changed = newArgs: origArgs // (if lib.isFunction newArgs then newArgs origArgs else newArgs);
        override = lib.mirrorFunctionArgs f (newArgs: makeOverridable f (changed newArgs));
        overrideResult = g: makeOverridable (lib.mirrorFunctionArgs f (args: g (f args))) origArgs;
      in
      if isAttrs result then
        result // {
          inherit override;
          overrideDerivation = fdrv: overrideResult (x: overrideDerivation x fdrv);
        } // (if result ? overrideAttrs then { overrideAttrs = fdrv: overrideResult (x: x.overrideAttrs fdrv); } else { })
      else if isFunction result then lib.setFunctionArgs result (functionArgs result) // { inherit override; }
      else result);

  overrideDerivation = drv: f:
    let new = derivation (drv.drvAttrs // f drv);
    in lib.flip (extendDerivation (seq drv.drvPath true)) new ({ meta = drv.meta or { }; passthru = drv.passthru or { }; } // drv.passthru or { });

  callPackageWith = autoArgs: fn: args:
    let
      f = if lib.isFunction fn then fn else import fn;
      fargs = lib.functionArgs f;
      allArgs = intersectAttrs fargs autoArgs // args;
      # Arguments without default that are nowhere.
      missing = builtins.filter (name: !fargs.${name} && !(allArgs ? ${name})) (attrNames fargs);
      place =
        let pos = if missing == [ ] then null else builtins.unsafeGetAttrPos (head missing) fargs;
        in if pos != null then " at ${pos.file}:${toString pos.line}" else if lib.isFunction fn then "" else " of ${toString fn}";
      near = lib.modules.errors.nearest (head missing) (attrNames autoArgs);
      hint = if near == [ ] then "" else ", did you mean ${builtins.concatStringsSep " or " (map (n: "\"${n}\"") near)}?";
    in
    if missing == [ ] then makeOverridable f allArgs
    else abort "lib.customisation.callPackageWith: Function called without required argument \"${head missing}\"${place}${hint}";

  callPackagesWith = autoArgs: fn: args:
    let
      f = if lib.isFunction fn then fn else import fn;
      auto = intersectAttrs (lib.functionArgs f) autoArgs;
      mirrored = lib.mirrorFunctionArgs f;
      origArgs = auto // args;
      pkgs = f origArgs;
      pick = name: makeOverridable (mirrored (newArgs: (f newArgs).${name})) origArgs;
    in
    if lib.isDerivation pkgs then throw "callPackages was called on a single derivation: use callPackage instead"
    else mapAttrs (name: _: pick name) pkgs;

  /* Adds attributes to a derivation and each of its outputs. */
  extendDerivation = condition: passthru: drv:
    let
      outputs = drv.outputs or [ "out" ];
      common = removeAttrs drv [ "outPath" ] // listToAttrs outputsList // { all = map (x: x.value) outputsList; } // passthru;
      outputsList = map
        (outputName: {
          name = outputName;
          value = common // {
            inherit (drv.${outputName}) type outputName;
            outputSpecified = true;
            drvPath = assert condition; drv.${outputName}.drvPath;
            outPath = assert condition; drv.${outputName}.outPath;
          };
        })
        outputs;
    in
    common // {
      drvPath = assert condition; drv.drvPath;
      outPath = assert condition; drv.outPath;
    };

  hydraJob = drv: drv;

  makeScope = newScope: f:
    let
      self = f self // {
        newScope = scope: newScope (self // scope);
        callPackage = self.newScope { };
        overrideScope = g: makeScope newScope (lib.fixedPoints.extends g f);
        packages = f;
      };
    in
    self;

  makeScopeWithSplicing' = { otherSplices ? { }, newScope, ... }: { f, ... }: makeScope newScope f;
}
