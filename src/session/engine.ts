/** The flake half in the evaluator's worker: connects sources, locks and the evaluator. */
import { join } from 'node:path';
import { parseDebianLock } from '../debian/lock.ts';
import { openArchive } from '../debian/archive.ts';
import { parseRepositoryLock } from '../debian/repository/repository-lock.ts';
import { hidePasswords } from '../base/hide-passwords.ts';
import {
  allBuiltins,
  Attrs,
  type DebianArchive,
  encodeBytes,
  type EvaluationSettings,
  Evaluator,
  force,
  type Value,
} from '../evaluator/index.ts';
import type { Machine } from '../evaluator/machine.ts';
import { sweepCache } from '../kept/cache-sweep.ts';
import { CopyMemory } from './copy-memory.ts';
import { FileSystemHost, type RepositoryFacts } from './eval-host.ts';
import { letHeapGrow } from './evaluator-heap.ts';
import { ExpressionPacks } from './expression-cache.ts';
import { openMachine } from './open-machine.ts';
import { ForeseenCopies } from './foreseen-copies.ts';
import { SyntaxCacheFile } from './syntax-cache.ts';
import { parseDerivation } from '../nix-format/derivation-parser.ts';
import { LocalStore } from '../store/local-store.ts';
import { Attempts } from './attempts.ts';
import { callFlake, type KnownTree } from '../flake/call.ts';
import { flakeError } from '../base/flake-error.ts';
import { enabledFeatures } from '../settings/experimental-features.ts';
import type { FetchContext } from '../fetch/fetcher.ts';
import type { LockNode } from '../flake/lock-file.ts';
import { version } from '../base/version.ts';
import { parseNixPath, parseSearchPathEntry, searchPathLocator } from './nix-path.ts';
import type { LoadedFlake, NixConfigEntry } from '../flake/flake-file.ts';
import { FlakeLoader } from '../flake/loader.ts';
import { lockFlake, type LockedFlake } from '../flake/lock-flake.ts';
import type { EvaluationOptions } from '../settings/options.ts';
import { flakeRefFromAttrs, flakeRefToAttrs, parseFlakeRef, printFlakeRef, type FlakeRef } from '../flake/ref.ts';
import { fetchForBuiltin } from './fetch-builtins.ts';
import { JsonCache } from '../kept/json-cache.ts';
import { answersKind } from '../fetch/remembered.ts';
import { isLockedInput } from '../fetch/scheme/index.ts';
import { downloadText } from '../fetch/file.ts';
import type { SettingEntry } from '../settings/nix-conf.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { Registries } from '../flake/registry/registries.ts';
import { fileInTree, folderInTree, placeInTree } from '../flake/tree-files.ts';
import type { EvaluatedAttribute, MainThreadRequests } from './worker-protocol.ts';

export interface EngineServices {
  callMain<M extends keyof MainThreadRequests>(method: M, argument: MainThreadRequests[M]['argument']): MainThreadRequests[M]['result'];
  warn(message: string): void;
  /** Reports a message of builtins.warn. */
  evaluationWarning(message: string): void;
  trace(message: string): void;
  note(message: string): void;
  /** Reports what is read, fetched and copied. */
  detail?(message: string): void;
  /** Large trees that evaluations copy to the store are hashed by a thread, as soon as the copy is foreseen. */
  hashAhead?: boolean;
  /** As in the evaluator. */
  checkpoint?: () => void;
}

export interface OpenedFlake extends LockedFlake {
  /** The lazy set passed to its outputs as `self`. */
  value: Value;
  /** The settings that it wants, and all that apply since it was opened. */
  settings: EvaluatedAttribute['settings'];
}

/** The machine does not count calls, and its parser does not check literals. */
function needsPlain({ maxCallDepth, lints }: EvaluationSettings): boolean {
  return maxCallDepth !== undefined || Object.values(lints).some((level) => level !== 'ignore');
}

export class FlakeEngine {
  readonly store: LocalStore;
  readonly loader: FlakeLoader;
  private readonly services: EngineServices;
  private settings: Settings;
  private readonly attempts = new Attempts();
  private readonly host: FileSystemHost;
  private readonly syntaxCache: SyntaxCacheFile;
  private readonly expressions: ExpressionPacks;
  private machine: Machine | undefined;
  /** False for an evaluation that must be interruptible. */
  private hasMachine: boolean;
  private readonly foreseen: ForeseenCopies | undefined;
  private readonly opened = new Map<string, OpenedFlake>();
  private instance: Evaluator | undefined;

  /** `pure` defaults to that of the options; a file named on the command line and its imports are read impurely. */
  constructor(
    readonly options: EvaluationOptions,
    outer: EngineServices,
    pure = !options.flake.impure,
  ) {
    const { attempts } = this;
    this.services = {
      ...outer,
      callMain: (method, argument) =>
        method === 'realise' ? attempts.run([method, argument], () => outer.callMain(method, argument)) : outer.callMain(method, argument),
      warn: attempts.reportOnce('warning', (message) => outer.warn(hidePasswords(message))),
      evaluationWarning: attempts.reportOnce('evaluation warning', (message) => outer.evaluationWarning(hidePasswords(message))),
      trace: attempts.reportOnce('trace', outer.trace),
      note: attempts.reportOnce('note', outer.note),
      ...(outer.detail && { detail: attempts.reportOnce('detail', (message) => outer.detail?.(hidePasswords(message))) }),
    };
    const { services } = this;
    this.settings = readSettings(options.flake);
    this.store = LocalStore.open({ root: options.storeRoot, onNotice: (message) => services.warn(message) });
    this.syntaxCache = new SyntaxCacheFile(join(options.cacheDir, `syntax-${version}.bin`), { onFirstText: letHeapGrow });
    this.hasMachine = services.checkpoint === undefined && !needsPlain(this.settings.evaluation);
    this.expressions = new ExpressionPacks(join(options.cacheDir, `expressions-${version}`));
    this.foreseen = services.hashAhead ? new ForeseenCopies(new CopyMemory(join(options.cacheDir, `copies-${version}.bin`))) : undefined;
    this.host = new FileSystemHost({
      store: this.store,
      system: options.system,
      pure,
      readOnly: options.flake.readOnly ?? false,
      syntaxCache: this.syntaxCache,
      nativeImages: options.flake.imageBuilder !== 'nixpkgs',
      nativeTests: options.flake.nativeTests ?? false,
      ...(this.foreseen && { foreseen: this.foreseen }),
      services: {
        realise: (items) => this.realise(items),
        fetchTree: (attrs, builtin) =>
          attempts.run(['fetchTree', builtin, attrs], () => fetchForBuiltin(attrs, builtin, this.loader, { pure })),
        parseFlakeRef: (reference) => flakeRefToAttrs(parseFlakeRef(reference)),
        flakeRefToString: (attrs) => printFlakeRef(flakeRefFromAttrs(attrs)),
        getFlake: (_, reference) => this.getFlake(reference, pure),
        trace: (message) => services.trace(message),
        warn: (message) => services.warn(message),
        evaluationWarning: (message) => services.evaluationWarning(message),
        note: (message) => services.note(message),
        ...(services.detail && { detail: services.detail }),
        openDebianArchive: (facts, repositories) => this.openDebianArchive(facts, repositories),
      },
    });
    const context = this.fetchContext();
    const { overrideFlakes } = options.flake;
    const registries = new Registries({
      settings: context.settings,
      overrideFlakes,
      baseDir: options.baseDir,
      warn: (message) => services.warn(message),
      download: (url) => downloadText(url, {}, context),
    });
    this.loader = new FlakeLoader(context, registries, (tree) => {
      services.detail?.(`'${printFlakeRef({ input: tree.attrs, subdir: '' })}' is '${tree.storePath}'`);
      this.host.allowPath(tree.storePath);
    });
  }

  private fetchContext(): FetchContext {
    const {
      options: { cacheDir, flake },
      services,
    } = this;
    return {
      store: this.store,
      offline: flake.offline,
      refresh: flake.refresh,
      cacheDir,
      cache: new JsonCache(join(cacheDir, 'fetch', 'answers'), answersKind),
      settings: this.settings.fetch,
      warn: (message) => services.warn(message),
      download: (request) => services.callMain('download', request),
      progress: (event) => services.callMain('progress', event),
      lockDebian: (suite, previous) => services.callMain('lockDebian', { suite, ...(previous && { previous }) }),
      lockRepository: (wanted, previous) => services.callMain('lockRepository', { wanted, ...(previous && { previous }) }),
    };
  }

  /** Saves what was learnt about the evaluated texts and the copied trees, and removes what is no longer needed. */
  saveCaches(): void {
    this.syntaxCache.save();
    this.expressions.save();
    this.foreseen?.save();
    sweepCache(this.options.cacheDir, version);
  }

  /** Runs an evaluation; repeats it without the machine if the machine could not do it (src/machine). */
  certainly<T>(run: () => T): T {
    const { attempts } = this;
    attempts.begin();
    try {
      try {
        const value = run();
        if (!this.stopped()) return value;
      } catch (error) {
        if (!this.stopped()) throw error;
      }
      attempts.repeat();
      return run();
    } finally {
      attempts.end();
    }
  }

  /** Returns whether the machine stopped, which makes the result invalid. From then on there is no machine. */
  private stopped(): boolean {
    if (this.machine?.stopped === undefined) return false;
    this.dropForeseen();
    this.machine = undefined;
    this.hasMachine = false;
    this.instance = undefined;
    for (const opened of this.opened.values()) opened.value = this.call(opened);
    return true;
  }

  /** Drops the hashes being computed ahead after a failed evaluation: they are not valid for the next one. */
  dropForeseen(): void {
    this.foreseen?.drop();
  }

  get evaluator(): Evaluator {
    if (!this.instance) {
      this.instance = this.newEvaluator();
      if (this.hasMachine) this.instance.fast = this.machine = openMachine(this.instance, this.expressions);
    }
    return this.instance;
  }

  private newEvaluator(): Evaluator {
    return new Evaluator({
      host: this.host,
      builtins: allBuiltins,
      features: this.features(),
      settings: this.settings.evaluation,
      searchPath: this.host.pureEval
        ? []
        : [
            ...(this.options.flake.searchPath ?? []).map((entry) => parseSearchPathEntry(encodeBytes(entry))),
            ...parseNixPath(encodeBytes(process.env.NIX_PATH ?? '')),
          ],
      ...(this.services.checkpoint && { checkpoint: this.services.checkpoint }),
      locate: searchPathLocator(
        this.options.baseDir,
        (ref) => this.sourceOf(ref),
        (message) => this.loader.warn(message),
      ),
    });
  }

  private features(): ReadonlySet<string> {
    return enabledFeatures(this.settings.experimentalFeatures, (message) => this.services.warn(message));
  }

  get warn(): (message: string) => void {
    return this.services.warn;
  }

  parseRef(text: string): FlakeRef {
    return parseFlakeRef(text, { baseDir: this.options.baseDir, warn: (message) => this.services.warn(message) });
  }

  /** Fetches, locks and calls a flake; once per reference. `nixConfig`: its settings may apply. Defaults to true. */
  openFlake(ref: FlakeRef, { nixConfig = true } = {}): OpenedFlake {
    const key = printFlakeRef(ref);
    let opened = this.opened.get(key);
    if (!opened) {
      const { locked, settings } = this.lockFlake(ref, nixConfig);
      opened = { ...locked, value: this.call(locked), settings };
      this.opened.set(key, opened);
    }
    return opened;
  }

  /** Lets pure evaluation read a tree that another evaluation of this run fetched. */
  allowTree(storePath: string): void {
    this.host.allowPath(storePath);
  }

  /** Makes later reads see changed files; existing values stay as they are. */
  forgetFiles(): void {
    this.opened.clear();
    this.loader.forgetAll();
    this.host.forgetFiles();
    this.instance?.forgetFiles();
  }

  /** Returns the file that a store path was copied from, if known, else the file in the store. A file of the host is returned as it is. */
  originOf(path: string): string {
    const storePath = this.store.storePathOf(path);
    if (storePath === undefined) return path;
    const checkout = this.loader.trees.get(storePath)?.checkout;
    return checkout ? checkout.folder + path.slice(storePath.length) : this.store.realPath(path);
  }

  /** The store path of a reference's source tree, with its subfolder. */
  sourceOf(ref: FlakeRef): string {
    const { input, dir } = this.loader.registries.resolve(ref.input, { all: true });
    const subdir = dir ?? ref.subdir;
    const { storePath } = this.loader.fetchAttrs(input, { final: false });
    return folderInTree(storePath, subdir);
  }

  /** Brings a flake's lock file up to date; evaluates nothing. */
  lock(text: string): LockedFlake {
    return this.lockFlake(this.parseRef(text), true).locked;
  }

  private lockFlake(ref: FlakeRef, nixConfig: boolean): { locked: LockedFlake; settings: OpenedFlake['settings'] } {
    const { flake, baseDir } = this.options;
    let settings: OpenedFlake['settings'];
    const onFlake = ({ file }: LoadedFlake): void => {
      if (nixConfig && file.nixConfig.length > 0) settings = this.applyNixConfig(file.nixConfig);
    };
    return { locked: lockFlake(this.loader, ref, { flake, baseDir, onFlake }), settings };
  }

  /** Settings of a flake apply from here on, as in Nix: to its inputs, its evaluation, and all that is built for it. */
  private applyNixConfig(entries: readonly NixConfigEntry[]): OpenedFlake['settings'] {
    const wanted = entries.map(({ name, value }): SettingEntry => [name, typeof value === 'string' ? value : this.copied(value.path)]);
    const applied = this.services.callMain('flakeSettings', wanted);
    this.options.flake.flakeSettings = applied;
    const before = this.settings;
    this.settings = readSettings(this.options.flake);
    // The loader and the registries hold this object.
    Object.assign(before.fetch, this.settings.fetch);
    this.settings.fetch = before.fetch;
    const ofLanguage = ({ evaluation, experimentalFeatures }: Settings): string => JSON.stringify([evaluation, experimentalFeatures]);
    if (ofLanguage(before) === ofLanguage(this.settings)) return { wanted, applied };
    if (needsPlain(this.settings.evaluation)) this.hasMachine = false;
    this.machine = undefined;
    this.instance = undefined;
    return { wanted, applied };
  }

  private copied(path: string): string {
    return this.store.addToStore('source', { physicalPath: placeInTree(this.store, path) }, { method: 'nar' });
  }

  /** The flake's outputs, forced. */
  outputsOf(opened: OpenedFlake): Attrs {
    const value = force(opened.value);
    const outputs = value instanceof Attrs ? value.get('outputs') : undefined;
    const forced = outputs === undefined ? undefined : force(outputs);
    if (!(forced instanceof Attrs))
      throw flakeError('bad-flake', `the outputs of flake '${printFlakeRef(opened.flake.resolved)}' are not a set`);
    return forced;
  }

  call(locked: LockedFlake): Value {
    const { flake, root, folders, lockDiffers } = locked;
    const fetched = new Map<LockNode, KnownTree>();
    for (const [node, folder] of folders) {
      if (node.lock) fetched.set(node, { storePath: this.store.storePathOf(folder) as string, attrs: node.lock.locked.input });
    }
    const { rev: _rev, revCount: _count, ...dirty } = flake.locked.input;
    return callFlake({
      evaluator: this.evaluator,
      root,
      fetched,
      subdir: flake.resolved.subdir,
      name: printFlakeRef(flake.resolved),
      // With a lock other than the tree's own, the evaluated flake is not the one that the revision names.
      self: { storePath: flake.storePath, attrs: lockDiffers ? dirty : flake.locked.input },
      checkFile: (path) => void fileInTree(this.store, path),
      fetchLocked: (attrs) => this.attempts.run(['fetch', attrs], () => this.loader.fetchAttrs(attrs, { final: true })),
    });
  }

  /** Builds derivations' outputs (`drvPath!output`) and returns their paths. */
  realise(items: string[]): string[] {
    this.services.callMain('realise', items);
    return items.flatMap((item) => {
      const [drvPath = '', output = 'out'] = item.split('!');
      const drv = parseDerivation(this.host.readDerivation(drvPath), drvPath);
      const path = drv.outputs.get(output)?.path;
      return path ? [path] : [];
    });
  }

  private getFlake(reference: string, pure: boolean): Value {
    const ref = parseFlakeRef(reference);
    if (pure && !isLockedInput(ref.input)) {
      throw flakeError(
        'unlocked-fetch',
        `cannot call 'getFlake' on unlocked flake reference '${reference}' (use --impure to override)`,
        'Make it an input of the flake.',
      );
    }
    const flake = { ...this.options.flake, writeLockFile: false, overrideInputs: {}, updateInputs: [], recreateLockFile: false };
    return this.call(lockFlake(this.loader, ref, { flake, baseDir: this.options.baseDir, lockedOnly: pure }));
  }

  private openDebianArchive(facts: Record<string, unknown>, repositories: readonly RepositoryFacts[]): DebianArchive {
    const { services } = this;
    const lock = parseDebianLock(facts);
    return openArchive(
      lock,
      this.options.cacheDir,
      (of) => services.callMain('ensureDebianIndex', { lock: { ...lock }, of }),
      repositories.map(({ name, packages, facts: pinned }) => {
        const repository = parseRepositoryLock(pinned);
        const remake = (): void => services.callMain('ensureRepositoryIndex', { ...repository });
        return { name, lock: repository, packages, remake };
      }),
    );
  }
}
