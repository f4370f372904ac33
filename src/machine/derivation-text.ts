/** `derivation` as a function of Nix, as src/eval/builtins/derivation.ts has it in TypeScript. */
export const derivationText = `
drvAttrs:
let
  outputs = drvAttrs.outputs or [ "out" ];
  strict = derivationStrict drvAttrs;
  common = drvAttrs // builtins.listToAttrs named // { all = map (output: output.value) named; inherit drvAttrs; };
  named = map (outputName: {
    name = outputName;
    value = common // { outPath = builtins.getAttr outputName strict; inherit (strict) drvPath; type = "derivation"; inherit outputName; };
  }) outputs;
in (builtins.head named).value
`;
