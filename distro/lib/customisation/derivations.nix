# Derivations with more attributes, fewer, or others.
{ lib }:

let
  inherit (builtins) head listToAttrs map removeAttrs;
in
rec {
  /* Adds attributes to a derivation and each of its outputs. */
  extendDerivation =
    condition: passthru: drv:
    let
      checked =
        value:
        assert condition;
        value;
      outputs = map (
        outputName:
        let
          output = drv.${outputName};
        in
        {
          name = outputName;
          value = common // {
            inherit (output) type;
            inherit outputName;
            outputSpecified = true;
            drvPath = checked output.drvPath;
            outPath = checked output.outPath;
            ${if passthru ? overrideAttrs then "overrideAttrs" else null} =
              f: (passthru.overrideAttrs f).${outputName};
          };
        }
      ) (drv.outputs or [ "out" ]);
      common =
        drv
        // listToAttrs outputs
        // { all = map (output: output.value) outputs; }
        // passthru
        // {
          drvPath = checked drv.drvPath;
          outPath = checked drv.outPath;
        };
    in
    common;

  /* What a build farm keeps of a derivation: its names and paths, evaluated. */
  hydraJob =
    drv:
    let
      names = drv.outputs or [ "out" ];
      output =
        outputName:
        common
        // {
          inherit (drv.${outputName}) outPath drvPath;
          type = "derivation";
          inherit outputName;
        };
      common = {
        inherit (drv) name system meta;
        outputs = names;
        ${if drv._hydraAggregate or false then "_hydraAggregate" else null} = true;
        ${if drv._hydraAggregate or false then "constituents" else null} = map hydraJob (
          lib.flatten drv.constituents
        );
      } // lib.genAttrs names output;
      first = output (head names);
    in
    if drv == null then null else builtins.deepSeq first first;

  /* A function like mkDerivation, which changes what it's given before that is made. */
  extendMkDerivation =
    {
      constructDrv,
      excludeDrvArgNames ? [ ],
      excludeFunctionArgNames ? [ ],
      extendDrvArgs,
      inheritFunctionArgs ? true,
      transformDrv ? lib.id,
    }:
    let
      inherited = removeAttrs (lib.functionArgs constructDrv) excludeDrvArgNames;
    in
    {
      __functor =
        _: given:
        transformDrv (
          constructDrv (
            final:
            let
              args = if lib.isFunction given then given final else given;
            in
            removeAttrs args excludeDrvArgNames // extendDrvArgs final args
          )
        );
      __functionArgs =
        removeAttrs
          ((if inheritFunctionArgs then inherited else { }) // lib.functionArgs (extendDrvArgs { }))
          excludeFunctionArgNames;
      inherit constructDrv excludeDrvArgNames extendDrvArgs transformDrv;
    };
}
