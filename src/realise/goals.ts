/**
 * Makes outputs valid, each by the first way that works: it is valid already, it is fetched from a binary cache, it is built. A goal is
 * what one path or one derivation takes; goals that need the same share it. A goal never throws: it says whether it was reached, and what
 * failed is collected.
 */
import { setMaxListeners } from 'node:events';
import { storePathName } from '../nix-format/store-path.ts';
import type { LocalStore } from '../store/local-store.ts';
import { buildDerivation, type BuildJob } from './build-derivation.ts';
import type { DerivationGraph, DerivationNode, WantedOutputs } from './derivation-graph.ts';
import { type Failure, noSubstitute, pathWithoutSubstitute, reportedFailures, substitutionFailed } from './errors.ts';
import { canFetch } from './may-substitute.ts';
import type { FetchEvent, RealiseOptions } from './realise-types.ts';
import { noMachine, type MachinePool, type TakenMachine } from './remote/machine-pool.ts';
import type { Places } from './remote/places.ts';
import { remoteBuilder } from './remote/remote-builder.ts';
import { Slots } from './slots.ts';
import type { Substitutes } from './substitutes.ts';

export interface GoalSettings {
  store: LocalStore;
  graph: DerivationGraph;
  substitutes: Substitutes;
  options: RealiseOptions;
  /** The number of computing builders that run at once, and of the cores that each may use. */
  cores: number;
  /** Other machines. */
  machines: MachinePool | undefined;
  placesOf(node: DerivationNode): Promise<Places>;
  /** Derivations to build again and compare. */
  compared: ReadonlySet<DerivationNode>;
}

/** How a fetch ended. */
type Fetched = { ok: true } | { ok: false; error: unknown };

const DEFAULT_NETWORK_JOBS = 8;
const DEFAULT_SUBSTITUTION_JOBS = 16;

export class Goals {
  private readonly builds = new Map<DerivationNode, Promise<boolean>>();
  private readonly fetches = new Map<string, Promise<Fetched>>();
  private readonly failures: Failure[] = [];
  private readonly controller = new AbortController();
  private readonly slots: Record<'network' | 'cpu' | 'substitution', Slots>;

  constructor(private readonly settings: GoalSettings) {
    const { options, cores } = settings;
    // Each job listens to the signal; Node would warn of a leak.
    setMaxListeners(0, this.controller.signal);
    const slots = (most: number): Slots => new Slots(most, this.controller.signal);
    this.slots = {
      network: slots(options.networkJobs ?? DEFAULT_NETWORK_JOBS),
      cpu: slots(cores),
      substitution: slots(options.substitutionJobs ?? DEFAULT_SUBSTITUTION_JOBS),
    };
  }

  /**
   * Makes the outputs and paths valid. Throws the first failure after everything that was running has been stopped; with `keepGoing`,
   * after all that does not depend on a failure is done: a summary, if there were several or `onFailure` has had the one.
   */
  async reach(wanted: readonly WantedOutputs[], paths: readonly string[] = []): Promise<void> {
    // Each build and download listens to it; Node would warn of a leak.
    setMaxListeners(0, this.controller.signal);
    const { signal } = this.settings.options;
    const onAbort = (): void => this.controller.abort(signal!.reason);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.all([
        ...wanted.map((want) => this.want(want)),
        ...this.missing(paths).map((path) => this.path(path, pathWithoutSubstitute)),
      ]);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
    signal?.throwIfAborted();
    const [first, second] = this.failures;
    if (first === undefined) return;
    const { keepGoing, onFailure } = this.settings.options;
    throw second === undefined && !(keepGoing && onFailure) ? first.error : reportedFailures(this.failures);
  }

  private async want({ node, outputs }: WantedOutputs): Promise<boolean> {
    if (this.settings.compared.has(node)) return this.build(node);
    const running = this.builds.get(node);
    if (running !== undefined) return running;
    const missing = this.missing(outputs.map((output) => node.outputPath(output)));
    if (missing.length === 0) return true;
    return this.guarded(node.drvPath, async () => {
      const { substitutes, options } = this.settings;
      if (!(await canFetch(substitutes, node, missing, options, this.controller.signal))) return this.build(node);
      const fetched = await Promise.all(missing.map((path) => this.fetch(path)));
      const failed = fetched.find((result) => !result.ok);
      if (failed === undefined || failed.ok) return true;
      this.controller.signal.throwIfAborted();
      if (options.fallback) return this.build(node);
      throw substitutionFailed(node, failed.error);
    });
  }

  private build(node: DerivationNode): Promise<boolean> {
    let running = this.builds.get(node);
    if (running === undefined) {
      running = this.guarded(node.drvPath, () => this.buildOnce(node));
      this.builds.set(node, running);
    }
    return running;
  }

  private async buildOnce(node: DerivationNode): Promise<boolean> {
    // A chain of derivations may be longer than the stack.
    await undefined;
    const { store, graph, options, cores, compared, machines, placesOf } = this.settings;
    const inputs = await Promise.all([
      ...graph.inputsOf(node).map((input) => this.want(input)),
      ...this.missing(node.drv.inputSrcs).map((path) => this.path(path, () => noSubstitute(node, path))),
    ]);
    if (!inputs.every((reached) => reached)) return false;
    const { signal } = this.controller;
    const run = (builder: BuildJob['builder'], machine?: string): Promise<void> =>
      buildDerivation({ node, builder, compare: compared.has(node), machine }, { store, graph, options, signal, cores });
    const places = await placesOf(node);
    const taken = await this.takeMachine(node, places);
    if (taken) {
      try {
        await run(remoteBuilder(taken, machines!.options.useSubstitutes), taken.machine.name);
      } finally {
        taken.release();
      }
      return true;
    }
    const { local } = places;
    try {
      await this.slots[local!.kind ?? 'cpu'].take(weightOf(node), () => run(local!));
    } finally {
      machines?.notify();
    }
    return true;
  }

  /**
   * Takes a place on another machine and connects; waits until there is one, there or here. Returns undefined when the derivation is to be
   * built here. A machine that cannot be reached is left out from then on.
   */
  private async takeMachine(node: DerivationNode, { local, needs }: Places): Promise<TakenMachine | undefined> {
    const { machines } = this.settings;
    const { signal } = this.controller;
    if (!machines || !needs) return undefined;
    for (;;) {
      signal.throwIfAborted();
      const taken = machines.take(needs);
      if (taken) {
        try {
          await taken.store.connect(signal);
          return taken;
        } catch (error) {
          taken.release();
          signal.throwIfAborted();
          machines.disable(taken.machine, error);
        }
      } else if (!machines.fits(needs)) {
        if (local) return undefined;
        throw noMachine(node.drvPath, needs, machines);
      } else if (local && this.slots[local.kind ?? 'cpu'].free) return undefined;
      else await machines.change(signal);
    }
  }

  /** A path that no derivation here makes: one that was asked for, or a source, as its derivation came from elsewhere. */
  private path(path: string, absent: (path: string) => Error): Promise<boolean> {
    return this.guarded(path, async () => {
      if (!(await this.settings.substitutes.available([path], this.controller.signal))) throw absent(path);
      const fetched = await this.fetch(path);
      if (!fetched.ok) throw fetched.error;
      return true;
    });
  }

  /** Fetches a path of which `available` is true, its references first. */
  private fetch(path: string): Promise<Fetched> {
    let running = this.fetches.get(path);
    if (running === undefined) {
      running = this.fetchOnce(path).then(
        () => ({ ok: true }),
        (error: unknown) => ({ ok: false, error }),
      );
      this.fetches.set(path, running);
    }
    return running;
  }

  private async fetchOnce(path: string): Promise<void> {
    await undefined;
    const { store, substitutes, options } = this.settings;
    const { signal } = this.controller;
    if (store.isValidPath(path)) return;
    for (const reference of await Promise.all(this.missing(substitutes.references(path)).map((other) => this.fetch(other))))
      if (!reference.ok) throw reference.error;
    const candidates = substitutes.of(path);
    await this.slots.substitution.take(candidates[0]!.info.narSize, async () => {
      if (store.isValidPath(path)) return;
      const report = (type: FetchEvent['type']): void => options.onFetch?.({ type, path, name: storePathName(path) });
      report('started');
      try {
        await options.substituter!.substitute(store, path, candidates, { signal, onProgress: (event) => options.onProgress?.(event) });
      } catch (error) {
        report('failed');
        throw error;
      }
      report('finished');
    });
  }

  private missing(paths: readonly string[]): string[] {
    return paths.filter((path) => !this.settings.store.isValidPath(path));
  }

  /**
   * Collects a failure of what makes `subject`, a derivation or path; it ends everything unless `keepGoing`. What ends because of that is
   * no failure of its own.
   */
  private async guarded(subject: string, work: () => Promise<boolean>): Promise<boolean> {
    const { signal } = this.controller;
    if (signal.aborted) return false;
    try {
      return await work();
    } catch (error) {
      const { options } = this.settings;
      if (signal.aborted) return false;
      this.failures.push({ subject, error });
      if (options.keepGoing) options.onFailure?.(error);
      else this.controller.abort(error);
      return false;
    }
  }
}

/** The longest downloads begin first, so that none is left alone at the end. */
function weightOf(node: DerivationNode): number {
  const { size } = node.attrs;
  return typeof size === 'number' ? size : 0;
}
