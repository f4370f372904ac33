/** Makes outputs of derivations valid: missing ones are built, as many in parallel as the host can carry. */
import { hostCores } from '../system/host-cores.ts';
import type { LocalStore } from '../store/local-store.ts';
import { buildDerivation, type BuildJob } from './build-derivation.ts';
import type { BuiltinBuilder } from '../builders/builder.ts';
import { findBuilder } from '../builders/index.ts';
import { checkHostFits } from '../builders/process/host-fit.ts';
import { readBuildSettings } from '../settings/build-settings.ts';
import { DerivationGraph, type DerivationNode, type WantedOutputs } from './derivation-graph.ts';
import { checkDiskSizes } from './disk-size.ts';
import { notBuiltYet, unknownBuilder } from './errors.ts';
import type { RealisedDerivation, RealiseOptions, RealiseRequest } from './realise-types.ts';
import { outputPaths, wantedOutputs } from './requests.ts';
import { runSchedule, type ScheduledJob } from './scheduler.ts';

/** Builds the missing outputs of the requests. Throws the first error, after the other builds have been stopped. */
export async function realise(
  store: LocalStore,
  requests: readonly RealiseRequest[],
  options: RealiseOptions = {},
): Promise<RealisedDerivation[]> {
  options.signal?.throwIfAborted();
  const graph = new DerivationGraph(store);
  const wanted = wantedOutputs(graph, requests);
  const compared = options.rebuild ? nodesToCompare(graph, wanted) : new Set<DerivationNode>();
  const missing = graph.missing(wanted, compared);
  if (missing.length > 0) {
    const jobs = await buildJobs(missing, compared, options);
    checkDiskSizes(graph, store, missing);
    await buildAll(store, graph, jobs, options);
  }
  return outputPaths(wanted);
}

function nodesToCompare(graph: DerivationGraph, wanted: WantedOutputs[]): Set<DerivationNode> {
  for (const { node } of wanted) {
    if (!graph.isValid({ node, outputs: node.outputNames() })) throw notBuiltYet(node, node.outputPath(node.outputNames()[0]!));
  }
  return new Set(wanted.map(({ node }) => node));
}

/** Finds all builders before any is run, so that a missing one is reported at once. */
async function buildJobs(missing: DerivationNode[], compared: Set<DerivationNode>, options: RealiseOptions): Promise<BuildJob[]> {
  const settings = options.build ?? readBuildSettings(new Map());
  const builders = new Map<string, BuiltinBuilder>();
  for (const node of missing) {
    checkHostFits(node.drvPath, node.drv, settings);
    const named = options.findBuilder && node.builder.startsWith('builtin:');
    const found =
      builders.get(node.builder) ??
      (named ? await options.findBuilder!(node.builder.slice('builtin:'.length)) : await findBuilder(node.drv));
    if (found === undefined) throw unknownBuilder(node);
    builders.set(node.builder, found);
  }
  return missing.map((node) => ({ node, builder: builders.get(node.builder)!, compare: compared.has(node) }));
}

async function buildAll(store: LocalStore, graph: DerivationGraph, jobs: BuildJob[], options: RealiseOptions): Promise<void> {
  store.removeAbandoned();
  const cores = options.cpuJobs ?? hostCores();
  const byNode = new Map(jobs.map((job) => [job.node, job]));
  const scheduled = jobs.map(
    (job): ScheduledJob<BuildJob> => ({
      item: job,
      kind: job.builder.kind ?? 'cpu',
      weight: weightOf(job.node),
      after: graph.inputsOf(job.node).flatMap(({ node }) => byNode.get(node) ?? []),
    }),
  );
  try {
    await runSchedule(scheduled, (job, signal) => buildDerivation(job, { store, graph, options, signal, cores }), {
      limits: { network: options.networkJobs ?? 8, cpu: cores },
      signal: options.signal,
    });
  } finally {
    store.flush();
    store.close();
  }
}

/** The longest downloads begin first, so that none is left alone at the end. */
function weightOf(node: DerivationNode): number {
  const { size } = node.attrs;
  return typeof size === 'number' ? size : 0;
}
