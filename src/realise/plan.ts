import type { Store } from '../store/store.ts';
import { DerivationGraph, type DerivationNode } from './derivation-graph.ts';
import { checkDiskSizes, installedBytes } from './disk-size.ts';
import type { PlannedStep, RealisePlan, RealiseRequest } from './realise-types.ts';
import { outputPaths, wantedOutputs } from './requests.ts';

/**
 * Returns what realising the requests would do, without doing it. Throws `disk/too-small` as realising would. The derivations below
 * existing outputs are examined only with `whole`.
 */
export function planRealise(store: Store, requests: readonly RealiseRequest[], options: { whole?: boolean } = {}): RealisePlan {
  const graph = new DerivationGraph(store);
  const wanted = wantedOutputs(graph, requests);
  const missing = graph.missing(wanted);
  checkDiskSizes(graph, store, missing);
  const all = options.whole
    ? new Set(wanted.flatMap(({ node }) => graph.reachable(node)))
    : new Set([
        ...wanted.map(({ node }) => node),
        ...missing,
        ...missing.flatMap((node) => graph.inputsOf(node).map((input) => input.node)),
      ]);
  return {
    toBuild: missing.map(plannedStep),
    valid: [...all]
      .flatMap((node) => node.outputNames().map((output) => node.outputPath(output)))
      .filter((path) => path !== '' && store.isValidPath(path))
      .sort(),
    downloadBytes: sum(missing, downloadSize),
    unpackedBytes: sum(missing, installedBytes),
    installedSize: sum(all, installedBytes),
    outputs: outputPaths(wanted),
  };
}

function plannedStep(node: DerivationNode): PlannedStep {
  const downloadBytes = downloadSize(node);
  return {
    drvPath: node.drvPath,
    name: node.name,
    builder: node.builder,
    outPath: node.outputPath(node.outputNames()[0]!),
    downloadBytes,
    source: typeof node.attrs.archive === 'string' ? node.attrs.archive : '',
  };
}

function downloadSize(node: DerivationNode): number {
  const { size } = node.attrs;
  return node.builder === 'builtin:debian-package' && typeof size === 'number' ? size : 0;
}

function sum(nodes: Iterable<DerivationNode>, measure: (node: DerivationNode) => number): number {
  let total = 0;
  for (const node of nodes) total += measure(node);
  return total;
}
