/** The main thread's side of a flake session: uses the result cache when nothing changed, else calls the evaluator's worker. */
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { visibleLine } from '../base/control-characters.ts';
import { endGitChildren } from '../system/end-children.ts';
import { releaseLocksOfThread } from '../system/lock-file.ts';
import { deserializeError } from '../base/errors.ts';
import { cacheDirectory } from '../system/cache-directory.ts';
import { parseInstallable, type FlakeInstallable } from '../flake/installable.ts';
import { currentFacts } from './current-facts.ts';
import { hostSystem } from './host-system.ts';
import { printFlakeRef } from '../flake/ref.ts';
import type { RegistryRequest } from '../flake/registry/commands.ts';
import { ResultCache, resultKey } from './result-cache.ts';
import type {
  DebianPackages,
  Purpose,
  EvaluatedInstallable,
  DerivationRequest,
  EvalRequest,
  FlakeSession,
  FlakeSessionOptions,
  ReplCompletion,
  ReplReply,
  ReplRequest,
} from './session-types.ts';
import type { InputAttrs } from '../fetch/scheme/scheme.ts';
import { ignoredEntries } from '../settings/known-settings.ts';
import type { SettingEntry } from '../settings/nix-conf.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import type { EvaluatedAttribute, FromWorker, WorkerRequests } from './worker-protocol.ts';

export function openFlakeSession(options: FlakeSessionOptions): FlakeSession {
  return new LocalFlakeSession(options);
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

class LocalFlakeSession implements FlakeSession {
  private readonly cacheDir: string;
  private readonly cache: ResultCache;
  private readonly waiting = new Map<number, Waiting>();
  private worker: Promise<Worker> | undefined;
  private readonly decided = new Map<string, Promise<SettingEntry[]>>();
  private readonly interruptFlag = new Int32Array(new SharedArrayBuffer(4));
  private closeLine = () => {};
  private read: Settings | undefined;
  private lastId = 0;
  private task: string | undefined;

  constructor(private readonly options: FlakeSessionOptions) {
    this.cacheDir = cacheDirectory(options.env);
    this.cache = new ResultCache(this.cacheDir);
  }

  async evaluateInstallable(installable: string, purpose: Purpose = 'build'): Promise<EvaluatedInstallable> {
    const parsed = this.parseLocal(installable);
    const kept = parsed && (await this.findKept(parsed, purpose));
    if (kept) return { installable, ...kept };
    const { result, facts } = await this.ask('evaluateInstallable', { text: installable, purpose });
    if (facts && parsed) this.cache.remember(this.resultKey(parsed, facts, purpose), result);
    return { installable, ...result };
  }

  async evaluateDebianTree(packages: DebianPackages): Promise<string> {
    return this.ask('evaluateDebianTree', packages);
  }

  async evaluateDerivations(request: DerivationRequest): Promise<EvaluatedInstallable[]> {
    return (await this.ask('evaluateDerivations', request)).map((result) => ({ installable: request.installable, ...result }));
  }

  async imageVariants(installable: string): Promise<string[]> {
    return this.ask('imageVariants', installable);
  }

  async evaluateExpression(request: EvalRequest): Promise<string> {
    return this.ask('evaluateExpression', request);
  }

  async lock(flake: string): Promise<void> {
    return this.ask('lock', flake);
  }

  async metadata(flake: string, options: { json: boolean }): Promise<string> {
    return this.ask('metadata', { flake, ...options });
  }

  async show(flake: string, options: { json: boolean; legacy: boolean }): Promise<string> {
    return this.ask('show', { flake, ...options });
  }

  async check(flake: string): Promise<EvaluatedInstallable[]> {
    return (await this.ask('check', flake)).map((result) => ({ installable: `${flake}#${result.attrPath}`, ...result }));
  }

  async registry(request: RegistryRequest): Promise<string[]> {
    return this.ask('registry', request);
  }

  async repl(request: ReplRequest): Promise<ReplReply> {
    Atomics.store(this.interruptFlag, 0, 0);
    return this.ask('repl', request);
  }

  async replComplete(text: string): Promise<ReplCompletion> {
    Atomics.store(this.interruptFlag, 0, 0);
    return this.ask('replComplete', text);
  }

  interrupt(): void {
    Atomics.store(this.interruptFlag, 0, 1);
  }

  async close(): Promise<void> {
    const worker = await this.worker?.catch(() => undefined);
    // A worker that is still busy was interrupted; the next run removes what it leaves behind.
    if (worker && this.waiting.size === 0) await this.ask('close', undefined).catch(() => {});
    this.worker = undefined;
    this.closeLine();
    const interrupted = this.waiting.size > 0 || this.options.signal.aborted;
    this.failAll(new Error('the flake session was closed'));
    if (worker && interrupted) await this.cutOff(worker);
    else await worker?.terminate();
  }

  /** Returns undefined when results are not cached, and for an invalid installable, which the worker reports. */
  private parseLocal(text: string): FlakeInstallable | undefined {
    const { overrideInputs, overrideFlakes, updateInputs, impure, recreateLockFile } = this.options.settings;
    if (impure || recreateLockFile || updateInputs.length || overrideFlakes.length || Object.keys(overrideInputs).length) return undefined;
    try {
      return parseInstallable(text, this.options.cwd);
    } catch {
      return undefined;
    }
  }

  private async findKept(installable: FlakeInstallable, purpose: Purpose): Promise<EvaluatedAttribute | undefined> {
    let current: ReturnType<typeof currentFacts>;
    try {
      current = currentFacts(installable.ref, this.options.env);
    } catch {
      return undefined; // The worker meets and reports the same fault.
    }
    const kept = current && this.cache.find(this.resultKey(installable, current.facts, purpose), this.options.store);
    if (kept)
      this.options.onDetail?.(
        `nothing has changed since '${printFlakeRef(installable.ref)}#${installable.fragment}' was evaluated to '${kept.drvPath}'`,
      );
    if (kept?.settings) {
      const applied = await this.flakeSettings(kept.settings.wanted);
      if (JSON.stringify(applied) !== JSON.stringify(kept.settings.applied)) return undefined;
    }
    if (!kept || current?.dirty === undefined) return kept;
    const { allowDirty, warnDirty } = this.settings().fetch;
    if (allowDirty && warnDirty) this.options.onWarning(`Git tree '${current.dirty}' is dirty`);
    return allowDirty ? kept : undefined;
  }

  /** Adds those settings of a flake that apply to the options; returns all that apply now. Decides only once about the same ones. */
  private flakeSettings(wanted: SettingEntry[]): Promise<SettingEntry[]> {
    const key = JSON.stringify(wanted);
    const decided = this.decided.get(key) ?? this.decideSettings(wanted);
    this.decided.set(key, decided);
    return decided;
  }

  private async decideSettings(wanted: SettingEntry[]): Promise<SettingEntry[]> {
    const { settings, env, confirm, onNote, onWarning } = this.options;
    const { acceptedSettings } = await import('./flake-settings.ts');
    const acceptAll = readSettings(settings, env).acceptFlakeConfig;
    const accepted = await acceptedSettings(wanted, { acceptAll, env, confirm, onNote, onWarning });
    for (const warning of ignoredEntries(accepted)) onWarning(visibleLine(warning));
    settings.flakeSettings = [...(settings.flakeSettings ?? []), ...accepted];
    return settings.flakeSettings;
  }

  private resultKey(installable: FlakeInstallable, facts: InputAttrs, purpose: Purpose): string {
    return resultKey(installable, facts, {
      system: hostSystem(),
      purpose,
      imageBuilder: this.options.settings.imageBuilder ?? 'native',
      features: this.settings().experimentalFeatures,
    });
  }

  private settings(): Settings {
    return (this.read ??= readSettings(this.options.settings, this.options.env));
  }

  private async ask<M extends keyof WorkerRequests>(
    method: M,
    argument: WorkerRequests[M]['argument'],
  ): Promise<WorkerRequests[M]['result']> {
    this.options.signal.throwIfAborted();
    const worker = await (this.worker ??= this.startWorker());
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      worker.postMessage({ id, method, argument });
    });
  }

  private async startWorker(): Promise<Worker> {
    const { startEvalWorker } = await import('./start-worker.ts');
    const { worker, close } = startEvalWorker(this.options, this.cacheDir, this.interruptFlag, (wanted) => this.flakeSettings(wanted));
    this.closeLine = close;
    worker.on('message', (message: FromWorker) => this.hear(message));
    worker.on('error', (error) => this.failAll(error));
    worker.on('exit', (code) => {
      // The next call starts a new one.
      this.worker = undefined;
      this.failAll(new Error(`the evaluator's thread ended with status ${code}`));
    });
    this.options.signal.addEventListener(
      'abort',
      () => {
        void this.cutOff(worker);
        this.failAll(this.options.signal.reason);
      },
      { once: true },
    );
    return worker;
  }

  private hear(message: FromWorker): void {
    switch (message.type) {
      case 'begun':
        this.task = message.task;
        return;
      case 'note':
        return this.options.onNote(message.message);
      case 'detail':
        return this.options.onDetail?.(message.message);
      case 'warning':
      case 'evaluation warning':
        return this.options.onWarning(message.message, message.type);
      case 'trace':
        return this.options.onNote(`trace: ${message.message}`);
      case 'result':
        return this.settle(message.id, (waiting) => waiting.resolve(message.value));
      case 'error':
        return this.settle(message.id, (waiting) => waiting.reject(deserializeError(message.error)));
    }
  }

  /** Ends a worker that is at something: it does not come to give back what it holds, and hears nothing while it waits for a git. */
  private async cutOff(worker: Worker): Promise<void> {
    const { threadId } = worker;
    if (threadId < 0) return;
    const ended = worker.terminate();
    if (this.task !== undefined) endGitChildren(this.task);
    await ended;
    releaseLocksOfThread(join(this.cacheDir, 'git'), threadId);
  }

  private settle(id: number, how: (waiting: Waiting) => void): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (waiting) how(waiting);
  }

  private failAll(error: unknown): void {
    for (const id of [...this.waiting.keys()]) this.settle(id, (waiting) => waiting.reject(error));
  }
}
