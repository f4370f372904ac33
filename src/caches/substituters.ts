/** The user's binary caches together: which of them have a path, and how a path comes from them into the store. */
import { setMaxListeners } from 'node:events';
import { BootflakeError } from '../base/errors.ts';
import type { ProgressEvent } from '../base/progress.ts';
import { systemFacts } from '../base/system-errors.ts';
import { parsePublicKey, TrustedKeys } from '../nix-format/signature.ts';
import type { SubstituterSettings } from '../settings/substituter-settings.ts';
import { DaemonStore } from '../daemon/daemon-store.ts';
import { isDaemonUri } from '../daemon/store-uri.ts';
import type { LocalStore } from '../store/local-store.ts';
import { hostCores } from '../system/host-cores.ts';
import { atExit } from '../system/at-exit.ts';
import { httpSettings, type NetworkSettings } from '../system/network-settings.ts';
import { Turns } from '../system/turns.ts';
import type { BinaryCache, Substitute } from './binary-cache.ts';
import { CacheList } from './cache-list.ts';
import { parseCacheUri } from './cache-uri.ts';
import { DaemonCache } from './daemon-cache.ts';
import { cacheError, reasonOf } from './errors.ts';
import { KeptNarInfos } from './kept-narinfos.ts';
import { LayoutCache } from './layout-cache.ts';
import { filesOf } from './open-cache.ts';
import { substitutePath } from './substitute-path.ts';
import { refusal, type TrustPolicy } from './trust.ts';
import { NarPool } from './unpack/nar-pool.ts';

/** Each has the memory of a decoder, up to 128 MiB of what a hostile cache sends. */
const MOST_THREADS = 8;
/** The maximum number of records that are requested at once; each connection takes as many as its version of HTTP allows. */
const MOST_LOOKUPS = 100;

export interface SubstitutersOptions {
  settings: SubstituterSettings;
  network: NetworkSettings;
  /** bootflake's folder for caches. */
  cacheDir: string;
  onWarning: (message: string) => void;
  /** Ask only caches in folders, and daemons of this host. */
  offline?: boolean;
  /** Ask again for what is kept of earlier runs. */
  refresh?: boolean;
  /** The maximum number of threads that unpack. Defaults to the cores of the host, at most 8. */
  threads?: number;
}

export interface SubstituteOptions {
  signal: AbortSignal;
  onProgress?: (event: ProgressEvent) => void;
  /** Replace the files of a valid path, which are damaged. Defaults to false. */
  replace?: boolean;
}

export class Substituters {
  private readonly policy: TrustPolicy;
  private readonly caches: CacheList;
  private readonly kept = new Set<KeptNarInfos>();
  private readonly requests: Turns;
  private readonly jobs: Turns;
  private readonly pool: NarPool;
  private readonly found = new Map<string, { done: Promise<Substitute[]>; signal: AbortSignal }>();
  private readonly warned = new Set<string>();
  private readonly cancelSave: () => void;

  /** Throws `nix-format/bad-key` for a trusted key that is none. Asks nothing yet. */
  constructor(private readonly options: SubstitutersOptions) {
    const { settings, threads = Math.min(hostCores(), MOST_THREADS), offline = false } = options;
    this.policy = { keys: new TrustedKeys(settings.trustedPublicKeys.map(parsePublicKey)), requireSigs: settings.requireSigs };
    const uris = settings.substitute ? settings.substituters : [];
    const near = offline ? uris.filter((uri) => /^(?:file:|unix:|daemon(?:$|\?))/i.test(uri)) : uris;
    this.caches = new CacheList(near, (uri, signal) => this.open(uri, signal), options.onWarning);
    this.requests = new Turns(options.network.http2 === false ? settings.connections : Math.max(settings.connections, MOST_LOOKUPS));
    this.jobs = new Turns(settings.maxJobs);
    this.pool = new NarPool(Math.max(1, threads));
    // The next run uses the records even if this one fails.
    this.cancelSave = atExit(() => this.save());
  }

  /**
   * Returns the caches that have a path and whose facts about it are acceptable, in the order of their priorities. Asked once a run. A
   * cache that cannot be reached is reported once and left out for a minute.
   */
  async find(storePath: string, { signal }: { signal: AbortSignal }): Promise<Substitute[]> {
    manyListeners(signal);
    for (;;) {
      signal.throwIfAborted();
      const asking = this.found.get(storePath) ?? { done: this.ask(storePath, signal), signal };
      this.found.set(storePath, asking);
      try {
        return await asking.done;
      } catch (error) {
        if (this.found.get(storePath) === asking) this.found.delete(storePath);
        // It may have ended with the caller for whom it began.
        if (signal.aborted || !asking.signal.aborted) throw error;
      }
    }
  }

  /**
   * Returns what the caches have of the closures of paths: asks for them, for their references, and so on, many at once. `isValid`: paths
   * that are not looked up. `onFound` is called once for each path found.
   */
  async findAll(
    storePaths: Iterable<string>,
    options: {
      signal: AbortSignal;
      onFound?: (path: string, candidates: Substitute[]) => void;
      isValid?: (path: string) => boolean;
    },
  ): Promise<Map<string, Substitute[]>> {
    const { signal, onFound, isValid = () => false } = options;
    const closure = new Map<string, Substitute[]>();
    const seen = new Set<string>();
    const pending = new Set<Promise<void>>();
    const visit = async (path: string): Promise<void> => {
      const candidates = await this.find(path, { signal });
      if (candidates.length === 0) return;
      closure.set(path, candidates);
      onFound?.(path, candidates);
      for (const reference of candidates[0]!.info.references) begin(reference);
    };
    let failure: unknown;
    const begin = (path: string): void => {
      if (seen.has(path) || isValid(path)) return;
      seen.add(path);
      const work: Promise<void> = visit(path)
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => pending.delete(work));
      pending.add(work);
    };
    for (const path of storePaths) begin(path);
    while (pending.size > 0 && failure === undefined) await Promise.race(pending);
    if (failure !== undefined) throw failure;
    this.save();
    return closure;
  }

  /**
   * Puts a path into the store, from the first candidate that delivers it. Its references must be valid, but for itself. Returns at once
   * when it is valid; waits for another process that is making it. Throws `caches/no-substitute`, which names every cache and what failed.
   */
  async substitute(store: LocalStore, path: string, candidates: readonly Substitute[], options: SubstituteOptions): Promise<void> {
    const { signal, onProgress = () => {}, replace = false } = options;
    manyListeners(signal);
    const reasons: string[] = [];
    for (const candidate of candidates) {
      try {
        await this.jobs.take(signal, () => substitutePath(this.pool, store, candidate, { signal, onProgress, replace }));
        return;
      } catch (error) {
        signal.throwIfAborted();
        // The store is at fault, and would be again.
        if (systemFacts(error) || (error instanceof BootflakeError && error.code.startsWith('store/'))) throw error;
        reasons.push(`${candidate.cache.uri}: ${reasonOf(error)}`);
        if (candidate.cache instanceof LayoutCache) candidate.cache.forget(path);
        if (CacheList.isUnreachable(error)) this.caches.disable(candidate.cache, error);
      }
    }
    throw noSubstitute(path, [...reasons, ...this.caches.unusable().filter((reason) => !reasons.includes(reason))]);
  }

  /** Why caches are not asked now: one line a cache, for the error about a path that cannot be had. */
  unreachable(): string[] {
    return this.caches.unusable();
  }

  /** Ends the threads and writes the records for the next run. */
  async close(): Promise<void> {
    this.cancelSave();
    this.save();
    this.caches.close();
    await this.pool.close();
  }

  private save(): void {
    for (const kept of this.kept) kept.save();
  }

  private async open(text: string, signal: AbortSignal): Promise<BinaryCache> {
    const { settings, network, cacheDir, refresh = false } = this.options;
    const { connections, connectTimeout } = settings;
    const env = network.env ?? process.env;
    if (isDaemonUri(text)) {
      const { stalledAfter } = network;
      return DaemonCache.open(DaemonStore.at(text, { env, connectTimeout, stalledAfter }), { signal });
    }
    const uri = parseCacheUri(text);
    const files = filesOf(uri, httpSettings({ ...network, connections, connectTimeout }), env);
    const ttls = { positive: settings.positiveTtl, negative: settings.negativeTtl, meta: settings.metaTtl };
    const kept = files.remote ? new KeptNarInfos(cacheDir, uri.base, refresh ? { positive: 0, negative: 0, meta: 0 } : ttls) : undefined;
    if (kept) this.kept.add(kept);
    return LayoutCache.open({ uri, files, kept, takeTurn: (aborting, work) => this.requests.take(aborting, work), signal });
  }

  private async ask(path: string, signal: AbortSignal): Promise<Substitute[]> {
    const caches = await this.caches.usable(signal);
    const substitutes = await Promise.all(caches.map((cache) => this.askOne(cache, path, signal)));
    return substitutes.filter((substitute) => substitute !== undefined);
  }

  private async askOne(cache: BinaryCache, path: string, signal: AbortSignal): Promise<Substitute | undefined> {
    try {
      const info = await cache.query(path, { signal });
      if (!info) return undefined;
      const reason = refusal(this.policy, cache, path, info);
      if (reason === undefined) return { cache, info };
      this.warnOnce(`ignoring substitute for '${path}' from '${cache.uri}': ${reason}`);
    } catch (error) {
      signal.throwIfAborted();
      if (CacheList.isUnreachable(error)) this.caches.disable(cache, error);
      else this.warnOnce(`ignoring substitute for '${path}' from '${cache.uri}': ${reasonOf(error)}`);
    }
    return undefined;
  }

  private warnOnce(message: string): void {
    if (this.warned.has(message)) return;
    this.warned.add(message);
    this.options.onWarning(message);
  }
}

/** Each request and each archive listens to the signal; Node would warn of a leak. */
function manyListeners(signal: AbortSignal): void {
  setMaxListeners(0, signal);
}

function noSubstitute(path: string, reasons: readonly string[]): BootflakeError {
  const shown = reasons.length > 0 ? reasons.map((reason) => `\n  ${reason}`).join('') : '\n  no binary cache has it';
  return cacheError('no-substitute', `path '${path}' cannot be fetched from any binary cache:${shown}`, {
    hint: 'Try again later, add a cache with --option extra-substituters URL, or use --fallback to build it.',
  });
}
