/** The flake half inside of the evaluator's worker: sources, locks, the evaluator, and what joins them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { debianIndexPath } from '../debian/package-index.ts';
import { parseDebianLock } from '../debian/lock.ts';
import { openArchive } from '../debian/archive.ts';
import { Attrs } from '../eval/attrs.ts';
import { allBuiltins } from '../eval/builtins/index.ts';
import { Evaluator } from '../eval/evaluator.ts';
import { force } from '../eval/force.ts';
import type { DebianArchive } from '../eval/host.ts';
import type { Value } from '../eval/value.ts';
import { encodeBytes } from '../lang/bytes.ts';
import { FileSystemHost } from '../io/eval-host.ts';
import { SyntaxCacheFile } from '../io/syntax-cache.ts';
import { parseDerivation } from '../nix-format/derivation-parser.ts';
import { LocalStore } from '../store/local-store.ts';
import { callFlake, type KnownTree } from './call-flake.ts';
import { flakeError } from './errors.ts';
import { enabledFeatures } from './experimental-features.ts';
import { readArchiveFacts } from './fetch/debian.ts';
import type { FetchContext } from './fetch/fetcher.ts';
import type { LockNode } from './lock-file.ts';
import { version } from '../version.ts';
import { parseNixPath, parseSearchPathEntry, searchPathLocator } from './nix-path.ts';
import { FlakeLoader } from './loader.ts';
import { lockFlake, type LockedFlake } from './lock-flake.ts';
import type { EvaluationOptions } from './options.ts';
import { flakeRefFromAttrs, flakeRefToAttrs, parseFlakeRef, printFlakeRef, type FlakeRef } from './ref.ts';
import { fetchForBuiltin } from './fetch-builtins.ts';
import { JsonCache } from '../io/json-cache.ts';
import { isLockedInput } from './scheme/index.ts';
import { downloadText } from './fetch/file.ts';
import { fetchSettings } from './settings/fetch-settings.ts';
import { Registries } from './registry/registries.ts';
import type { MainThreadRequests } from './worker-protocol.ts';

export interface EngineServices {
  callMain<M extends keyof MainThreadRequests>(method: M, argument: MainThreadRequests[M]['argument']): MainThreadRequests[M]['answer'];
  warn(message: string): void;
  trace(message: string): void;
  note(message: string): void;
  /** As the evaluator's. */
  checkpoint?: () => void;
}

export interface OpenedFlake extends LockedFlake {
  /** The set that its outputs get as `self`; lazy. */
  value: Value;
}


export class FlakeEngine {
  readonly store: LocalStore;
  readonly loader: FlakeLoader;
  private readonly host: FileSystemHost;
  private readonly syntaxCache: SyntaxCacheFile;
  private readonly opened = new Map<string, OpenedFlake>();
  private instance: Evaluator | undefined;

  /** `pure` is the options' unless told: a file that is named on the command line is read by evaluation with all it imports. */
  constructor(readonly options: EvaluationOptions, private readonly services: EngineServices, pure = !options.flake.impure) {
    this.store = LocalStore.open({ root: options.storeRoot, onNotice: (message) => services.warn(message) });
    this.syntaxCache = new SyntaxCacheFile(join(options.cacheDir, `syntax-${version}.bin`));
    this.host = new FileSystemHost({
      store: this.store, system: options.system, pure, readOnly: options.flake.readOnly ?? false, syntaxCache: this.syntaxCache,
      nativeImages: options.flake.imageBuilder !== 'nixpkgs',
      services: {
        realise: (items) => this.realise(items),
        fetchTree: (attrs, builtin) => fetchForBuiltin(attrs, builtin, this.loader, { pure }),
        parseFlakeRef: (reference) => flakeRefToAttrs(parseFlakeRef(reference)),
        flakeRefToString: (attrs) => printFlakeRef(flakeRefFromAttrs(attrs)),
        getFlake: (_, reference) => this.getFlake(reference, pure),
        trace: (message) => services.trace(message),
        warn: (message) => services.warn(message),
        note: (message) => services.note(message),
        openDebianArchive: (folder) => this.openDebianArchive(folder),
      },
    });
    const context = this.fetchContext();
    const { overrideFlakes } = options.flake;
    const registries = new Registries({
      settings: context.settings, overrideFlakes, baseDir: options.baseDir, warn: (message) => services.warn(message), download: (url) => downloadText(url, {}, context),
    });
    this.loader = new FlakeLoader(context, registries, (tree) => this.host.allowPath(tree.storePath));
  }

  private fetchContext(): FetchContext {
    const { options: { cacheDir, flake }, services } = this;
    return {
      store: this.store, offline: flake.offline, refresh: flake.refresh, cacheDir, cache: new JsonCache(join(cacheDir, 'fetch', 'answers')),
      settings: fetchSettings(flake.nixSettings),
      warn: (message) => services.warn(message),
      download: (request) => services.callMain('download', request),
      progress: (event) => services.callMain('progress', event),
      lockDebian: (suite, previous) => services.callMain('lockDebian', { suite, ...(previous && { previous }) }),
    };
  }

  /** Keeps what was learnt of the texts that were evaluated. */
  saveCaches(): void {
    this.syntaxCache.save();
  }

  get evaluator(): Evaluator {
    this.instance ??= new Evaluator({
      host: this.host, builtins: allBuiltins, features: enabledFeatures(this.options.flake.nixSettings, (message) => this.services.warn(message)),
      searchPath: this.host.pureEval ? [] : [
        ...(this.options.flake.searchPath ?? []).map((entry) => parseSearchPathEntry(encodeBytes(entry))),
        ...parseNixPath(encodeBytes(process.env.NIX_PATH ?? '')),
      ],
      ...(this.services.checkpoint && { checkpoint: this.services.checkpoint }),
      locate: searchPathLocator(this.options.baseDir, (ref) => this.sourceOf(ref), (message) => this.loader.warn(message)),
    });
    return this.instance;
  }

  parseRef(text: string): FlakeRef {
    return parseFlakeRef(text, { baseDir: this.options.baseDir, warn: (message) => this.services.warn(message) });
  }

  /** Fetches, locks and calls a flake; once per reference. */
  openFlake(ref: FlakeRef): OpenedFlake {
    const key = printFlakeRef(ref);
    let opened = this.opened.get(key);
    if (!opened) {
      const locked = lockFlake(this.loader, ref, { flake: this.options.flake, baseDir: this.options.baseDir });
      opened = { ...locked, value: this.call(locked) };
      this.opened.set(key, opened);
    }
    return opened;
  }

  /** What changed outside is seen from now on; values stay as they are. */
  forgetFiles(): void {
    this.opened.clear();
    this.loader.forgetAll();
    this.host.forgetFiles();
    this.instance?.forgetFiles();
  }

  /** The file that a path in the store was copied from, where it is known; else the store's own. */
  originOf(path: string): string {
    const storePath = this.store.storePathOf(path);
    const checkout = storePath === undefined ? undefined : this.loader.trees.get(storePath)?.checkout;
    return checkout ? checkout.folder + path.slice(storePath!.length) : this.store.realPath(path);
  }

  /** The store path of a reference's source tree, with its subfolder. */
  sourceOf(ref: FlakeRef): string {
    const { input, dir } = this.loader.registries.resolve(ref.input, { all: true });
    const subdir = dir ?? ref.subdir;
    const { storePath } = this.loader.fetchAttrs(input, { final: false });
    return subdir === '' ? storePath : `${storePath}/${subdir}`;
  }

  /** Brings a flake's lock file up to date; evaluates nothing. */
  lock(text: string): LockedFlake {
    return lockFlake(this.loader, this.parseRef(text), { flake: this.options.flake, baseDir: this.options.baseDir });
  }

  /** The flake's outputs, forced. */
  outputsOf(opened: OpenedFlake): Attrs {
    const value = force(opened.value);
    const outputs = value instanceof Attrs ? value.get('outputs') : undefined;
    const forced = outputs === undefined ? undefined : force(outputs);
    if (!(forced instanceof Attrs)) throw flakeError('bad-flake', `the outputs of flake '${printFlakeRef(opened.flake.resolved)}' are not a set`);
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
      evaluator: this.evaluator, root, fetched, subdir: flake.resolved.subdir, name: printFlakeRef(flake.resolved),
      // With another lock than the tree's own, what is evaluated is not what the revision names.
      self: { storePath: flake.storePath, attrs: lockDiffers ? dirty : flake.locked.input },
      fetchLocked: (attrs) => this.loader.fetchAttrs(attrs, { final: true }),
    });
  }

  /** Builds derivations' outputs (`drvPath!output`) and answers their paths. */
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
      throw flakeError('unlocked-fetch', `cannot call 'getFlake' on unlocked flake reference '${reference}' (use --impure to override)`, 'make it an input of the flake');
    }
    const flake = { ...this.options.flake, writeLockFile: false, overrideInputs: {}, updateInputs: [], recreateLockFile: false };
    return this.call(lockFlake(this.loader, ref, { flake, baseDir: this.options.baseDir }));
  }

  private openDebianArchive(folder: string): DebianArchive {
    const facts = readArchiveFacts(folder);
    const lock = parseDebianLock(facts);
    if (!existsSync(debianIndexPath(lock, this.options.cacheDir))) this.services.callMain('ensureDebianIndex', facts);
    return openArchive(lock, this.options.cacheDir);
  }
}
