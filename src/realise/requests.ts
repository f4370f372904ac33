import type { DerivationGraph, WantedOutputs } from './derivation-graph.ts';
import type { RealisedDerivation, RealiseRequest } from './realise-types.ts';

/** Returns the requested outputs. Defaults to all outputs of a derivation. */
export function wantedOutputs(graph: DerivationGraph, requests: readonly RealiseRequest[]): WantedOutputs[] {
  return requests.map((request) => {
    const [drvPath, outputs] = typeof request === 'string' ? splitRequest(request) : [request.drvPath, request.outputs];
    const node = graph.get(drvPath);
    return { node, outputs: outputs ?? node.outputNames() };
  });
}

/** `x.drv!out,dev`; `x.drv` and `x.drv!*` mean all outputs. */
function splitRequest(request: string): [string, string[] | undefined] {
  const mark = request.indexOf('!');
  if (mark < 0) return [request, undefined];
  const names = request.slice(mark + 1);
  return [request.slice(0, mark), names === '*' ? undefined : names.split(',')];
}

export function outputPaths(wanted: WantedOutputs[]): RealisedDerivation[] {
  return wanted.map(({ node, outputs }) => ({
    drvPath: node.drvPath,
    outputs: Object.fromEntries(outputs.map((output) => [output, node.outputPath(output)])),
  }));
}
