/** Makes outputs of derivations valid: missing ones are fetched or built, as many in parallel as the host can carry. */
import { hostCores } from '../system/host-cores.ts';
import { removeMountPoints } from '../jail/mount-points.ts';
import type { LocalStore } from '../store/local-store.ts';
import { readBuildSettings } from '../settings/build-settings.ts';
import { DerivationGraph, type DerivationNode, type WantedOutputs } from './derivation-graph.ts';
import { checkDiskSizes } from './disk-size.ts';
import { notBuiltYet } from './errors.ts';
import { Goals } from './goals.ts';
import { describePlan, planWork } from './plan.ts';
import type { RealisedDerivation, RealiseOptions, RealiseRequest } from './realise-types.ts';
import { MachinePool } from './remote/machine-pool.ts';
import { placeFinder } from './remote/places.ts';
import { outputPaths, wantedOutputs } from './requests.ts';
import { Substitutes } from './substitutes.ts';

/** Makes the requested outputs valid. Throws as `Goals.reach` does. */
export async function realise(
  store: LocalStore,
  requests: readonly RealiseRequest[],
  options: RealiseOptions = {},
): Promise<RealisedDerivation[]> {
  options.signal?.throwIfAborted();
  const graph = new DerivationGraph(store);
  const wanted = wantedOutputs(graph, requests);
  const compared = options.rebuild ? nodesToCompare(graph, wanted) : new Set<DerivationNode>();
  const substitutes = new Substitutes(store, options.substituter);
  const work = await planWork(graph, store, wanted, compared, options, substitutes);
  if (work.toBuild.length + work.toFetch.length > 0) {
    const settings = options.build ?? readBuildSettings(new Map());
    const machines = options.machines && new MachinePool(options.machines, `${store.state}/current-load`, settings);
    const placesOf = placeFinder(options, settings, machines, compared);
    // A missing builder is reported before anything is built.
    for (const node of work.toBuild) await placesOf(node);
    checkDiskSizes(graph, store, work.toBuild);
    options.onPlan?.(describePlan(graph, store, wanted, work));
    store.removeAbandoned();
    try {
      const cores = options.cpuJobs || hostCores();
      await new Goals({ store, graph, substitutes, options, cores, machines, placesOf, compared }).reach(wanted, options.paths);
    } finally {
      machines?.close();
      await removeMountPoints(store.temporary.own);
      store.flush();
      store.close();
    }
  }
  return outputPaths(wanted);
}

function nodesToCompare(graph: DerivationGraph, wanted: WantedOutputs[]): Set<DerivationNode> {
  for (const { node } of wanted) {
    if (!graph.isValid({ node, outputs: node.outputNames() })) throw notBuiltYet(node, node.outputPath(node.outputNames()[0]!));
  }
  return new Set(wanted.map(({ node }) => node));
}
