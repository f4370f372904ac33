import { storePathName } from '../nix-format/store-path.ts';
import type { Store } from '../store/store.ts';
import { DerivationGraph, type DerivationNode, type WantedOutputs } from './derivation-graph.ts';
import { checkDiskSizes, installedBytes } from './disk-size.ts';
import { pathWithoutSubstitute } from './errors.ts';
import { canFetch } from './may-substitute.ts';
import type { PlannedFetch, PlannedStep, RealisePlan, RealiseRequest, Substituter } from './realise-types.ts';
import { outputPaths, wantedOutputs } from './requests.ts';
import { Substitutes } from './substitutes.ts';

export interface PlanOptions {
  signal?: AbortSignal | undefined;
  substituter?: Substituter | undefined;
  alwaysAllowSubstitutes?: boolean | undefined;
  /** Paths to make valid besides the outputs of the requests. */
  paths?: readonly string[];
  /** Examine the derivations below existing outputs too. */
  whole?: boolean;
}

/** Returns what realising the requests would do, without doing it. Throws `disk/too-small` as realising would. */
export async function planRealise(store: Store, requests: readonly RealiseRequest[], options: PlanOptions = {}): Promise<RealisePlan> {
  const graph = new DerivationGraph(store);
  const wanted = wantedOutputs(graph, requests);
  const work = await planWork(graph, store, wanted, new Set(), options);
  checkDiskSizes(graph, store, work.toBuild);
  return describePlan(graph, store, wanted, work, options.whole);
}

/** What is to be done to make outputs valid. */
export interface PlannedWork {
  /** Inputs first. */
  toBuild: DerivationNode[];
  toFetch: PlannedFetch[];
}

/** Derivations in `force` are built although their outputs are valid. */
export async function planWork(
  graph: DerivationGraph,
  store: Store,
  wanted: readonly WantedOutputs[],
  force: ReadonlySet<DerivationNode>,
  options: PlanOptions,
  substitutes = new Substitutes(store, options.substituter),
): Promise<PlannedWork> {
  const planner = new Planner(graph, store, substitutes, force, options);
  await Promise.all([...wanted.map((want) => planner.want(want)), ...(options.paths ?? []).map((path) => planner.path(path))]);
  return planner.work(wanted);
}

export function describePlan(
  graph: DerivationGraph,
  store: Store,
  wanted: WantedOutputs[],
  { toBuild, toFetch }: PlannedWork,
  whole = false,
): RealisePlan {
  const all = whole
    ? new Set(wanted.flatMap(({ node }) => graph.reachable(node)))
    : new Set([
        ...wanted.map(({ node }) => node),
        ...toBuild,
        ...toBuild.flatMap((node) => graph.inputsOf(node).map((input) => input.node)),
      ]);
  return {
    toBuild: toBuild.map(plannedStep),
    toFetch,
    valid: [...all]
      .flatMap((node) => node.outputNames().map((output) => node.outputPath(output)))
      .filter((path) => path !== '' && store.isValidPath(path))
      .sort(),
    downloadBytes: sum(toBuild, downloadSize) + sum(toFetch, ({ downloadBytes }) => downloadBytes),
    unpackedBytes: sum(toBuild, installedBytes) + sum(toFetch, ({ narBytes }) => narBytes),
    installedSize: sum(all, installedBytes),
    outputs: outputPaths(wanted),
  };
}

class Planner {
  private readonly building = new Set<DerivationNode>();
  private readonly fetching = new Set<string>();
  private readonly signal: AbortSignal;

  constructor(
    private readonly graph: DerivationGraph,
    private readonly store: Store,
    private readonly substitutes: Substitutes,
    private readonly force: ReadonlySet<DerivationNode>,
    private readonly options: PlanOptions,
  ) {
    this.signal = options.signal ?? new AbortController().signal;
  }

  async want({ node, outputs }: WantedOutputs): Promise<void> {
    if (this.building.has(node)) return;
    if (this.force.has(node)) return this.build(node);
    const missing = outputs.map((output) => node.outputPath(output)).filter((path) => !this.store.isValidPath(path));
    if (missing.length === 0) return;
    if (await canFetch(this.substitutes, node, missing, this.options, this.signal)) for (const path of missing) this.fetch(path);
    else await this.build(node);
  }

  /** Throws `store/no-substitute` for a path that cannot be fetched. */
  async path(path: string): Promise<void> {
    if (this.store.isValidPath(path)) return;
    if (!(await this.substitutes.available([path], this.signal))) throw pathWithoutSubstitute(path);
    this.fetch(path);
  }

  /** What is to be built needs no fetching. */
  work(wanted: readonly WantedOutputs[]): PlannedWork {
    const built = new Set([...this.building].flatMap((node) => node.outputNames().map((output) => node.outputPath(output))));
    const toFetch = [...this.fetching].filter((path) => !built.has(path)).sort();
    return {
      toBuild: this.graph.inputsFirst(
        wanted.map(({ node }) => node),
        this.building,
      ),
      toFetch: toFetch.map((path) => {
        const { cache, info } = this.substitutes.of(path)[0]!;
        return { path, name: storePathName(path), cache: cache.uri, downloadBytes: info.fileSize ?? 0, narBytes: info.narSize };
      }),
    };
  }

  private async build(node: DerivationNode): Promise<void> {
    if (this.building.has(node)) return;
    this.building.add(node);
    // A chain of derivations may be longer than the stack.
    await undefined;
    const sources = node.drv.inputSrcs.filter((path) => !this.store.isValidPath(path));
    if (sources.length > 0 && (await this.substitutes.available(sources, this.signal))) for (const path of sources) this.fetch(path);
    await Promise.all(this.graph.inputsOf(node).map((input) => this.want(input)));
  }

  private fetch(start: string): void {
    const stack = [start];
    for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
      if (this.fetching.has(path) || this.store.isValidPath(path)) continue;
      this.fetching.add(path);
      stack.push(...this.substitutes.references(path));
    }
  }
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

function sum<T>(items: Iterable<T>, measure: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += measure(item);
  return total;
}
