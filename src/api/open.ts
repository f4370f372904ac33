/**
 * The API for programs: `open` returns an object built on the same functions as the command line. Each has its own folder, environment and
 * settings, and shares only idle threads with others. Nothing of the process is changed: its environment, working directory, signal
 * handlers and V8's flags; and the process is never ended. One listener of its `exit` event removes what protected the results.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { defaultFlakeOptions, type FlakeOptions as AllFlakeOptions } from '../settings/options.ts';
import { readSettings } from '../settings/settings.ts';
import type { LocalStore } from '../store/local-store.ts';
import { closeConnections } from '../system/http-dispatchers.ts';
import type { GuestTerminal } from '../vm/guest-terminal.ts';
import { hostCores } from '../system/host-cores.ts';
import { Turns } from '../system/turns.ts';
import { checkEvaluateRequest, checkInstallables, checkOptions, type schemas } from './arguments.ts';
import { explainError } from './explain-error.ts';
import { SharedSubstituters } from './substituters.ts';
import { helperPrograms } from './helper-programs.ts';
import {
  build,
  evaluateExpression,
  flakeCheck,
  flakeMetadata,
  flakeShow,
  linkResults,
  lockFlake,
  openStore,
  planBuild,
  type PipelineContext,
} from './pipeline.ts';
import type {
  BootflakeEvent,
  BuildOptions,
  BuildResult,
  CommonOptions,
  DeployOptions,
  DeployResult,
  EvaluateExpression,
  EvaluateFile,
  EvaluateInstallable,
  EvaluateRequest,
  FlakeMetadata,
  FlakeOptions,
  JsonValue,
  LockOptions,
  OpenOptions,
  PlanResult,
  RunOptions,
  ShowOptions,
} from './types.ts';

/**
 * Evaluates, builds and boots flakes; made by {@link open}. Calls may run concurrently; at most as many evaluate at once as the host has
 * cores, but at least two.
 *
 * Every failure with a cause outside bootflake rejects with a {@link BootflakeError}, whose `code` identifies it. An aborted call rejects
 * with its signal's reason, a call after `close` with the code `api/closed`.
 */
export interface Bootflake extends AsyncDisposable {
  /**
   * Builds installables (`FLAKE#ATTRIBUTE`) and returns the results in the same order. `.` is `packages.SYSTEM.default`, else the image of
   * the only `nixosConfigurations`.
   */
  build(installable: string | readonly string[], options?: BuildOptions): Promise<BuildResult[]>;
  /** Returns what `build` would do. Derivations are written to the store; only what the evaluation imports is built. */
  plan(installable: string | readonly string[], options?: CommonOptions): Promise<PlanResult>;
  /**
   * Evaluates a value deeply. A derivation becomes its store path, as in `builtins.toJSON`; a function is an error. Errors of the language
   * have codes that begin with `eval/`, a `position` and a `trace`.
   *
   * @example
   * ```ts
   * await b.evaluate({ expr: '1 + 1' }); // 2
   * ```
   */
  evaluate(request: EvaluateRequest, options?: CommonOptions): Promise<JsonValue>;
  /**
   * Boots an image in qemu, runs a command in it and powers it off. Returns the command's exit status. The image itself is never changed.
   * Error codes begin with `vm/`, except for those of the build.
   */
  run(options: RunOptions): Promise<number>;
  /**
   * Brings machines to hosts that are reached by ssh: builds them once, makes those that are not there and updates the others, and returns
   * when each is well, or is the old one again. A machine that fails does not reject: its result has the `error`, and the others go on.
   * What concerns all of them rejects before anything is done, with codes that begin with `deploy/`, `remote/` and `instance/`.
   *
   * @example
   * ```ts
   * const results = await b.deploy({ on: ['web*'], canary: 1 });
   * const failed = results.filter(({ status }) => status === 'failed');
   * ```
   */
  deploy(options?: DeployOptions): Promise<DeployResult[]>;
  /** The functions of the commands `bootflake flake ...`. */
  readonly flake: FlakeFunctions;
  /**
   * Aborts running calls (they reject with `api/closed`), waits for them, and releases all resources. Nothing keeps the process alive after
   * that. Further calls of `close` wait for the first.
   */
  close(): Promise<void>;
}

/** Functions on a whole flake. */
export interface FlakeFunctions {
  /**
   * Writes flake.lock: locks every input that is not locked yet, and those of `update` again. An up-to-date file is not written.
   */
  lock(options?: LockOptions): Promise<void>;
  /** Returns a flake's metadata and locked inputs. Completes the lock file if necessary. */
  metadata(options?: FlakeOptions): Promise<FlakeMetadata>;
  /** Returns the tree of a flake's outputs, as `nix flake show --json` prints it. */
  show(options?: ShowOptions): Promise<JsonValue>;
  /** Evaluates every output and builds this system's checks. Rejects with the first error. */
  check(options?: FlakeOptions): Promise<void>;
}

/**
 * Opens the store for calls with one folder, environment and set of settings. Release it with `close` or `await using`.
 *
 * Rejects with `api/bad-argument` if an option is unknown or of another type, `api/bad-folder` if `cwd` is not a folder, `store/no-home`,
 * and `store/relative-root` if the environment gives no valid place for the store, `store/not-permitted` and similar codes if it cannot be
 * created, and `flake/bad-settings`.
 *
 * @example
 * ```ts
 * import { open } from 'bootflake';
 *
 * await using b = await open({ cwd: './machine' });
 * const [image] = await b.build('.#build-qcow2');
 * console.log(image.files.out);
 * ```
 */
export async function open(options: OpenOptions = {}): Promise<Bootflake> {
  checkOptions('open', options);
  const { signal, ...given } = options;
  signal?.throwIfAborted();
  const cwd = resolve(given.cwd ?? process.cwd());
  const env = definedOf(given.env ?? process.env);
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
    throw new BootflakeError({
      code: 'api/bad-folder',
      message: `there is no folder '${cwd}' to work in`,
      hint: 'Make it, or pass another one: open({ cwd: FOLDER }).',
    });
  try {
    readSettings(flakeOptions(given), env);
    const store = await openStore({
      env,
      onWarning: (message) => tell(given.onProgress, { type: 'warning', message, source: 'bootflake' }),
    });
    return new OpenBootflake(options, cwd, env, store);
  } catch (error) {
    throw explainError(error, env);
  }
}

/** Node has had the symbol since 20.4. */
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose');

/** The number of open ones in this thread: kept-alive connections are shared by all. */
let openCount = 0;

class OpenBootflake implements Bootflake {
  private readonly closing = new AbortController();
  private readonly calls = new Set<Promise<unknown>>();
  private readonly substituters = new SharedSubstituters();
  private readonly evaluators = new Turns(Math.max(2, hostCores()));
  private closed: Promise<void> | undefined;

  constructor(
    private readonly options: OpenOptions,
    private readonly cwd: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly store: LocalStore,
  ) {
    openCount += 1;
  }

  readonly flake: FlakeFunctions = {
    lock: (options = {}) =>
      this.call('flake.lock', options, (context) => {
        const { flake = '.', update = false } = options;
        const anew: Partial<AllFlakeOptions> =
          update === false
            ? {}
            : update === true
              ? { refresh: true, recreateLockFile: true }
              : { refresh: true, updateInputs: [...update], strictUpdates: true };
        return lockFlake({ ...context, flake: { ...context.flake, ...anew } }, flake);
      }),
    metadata: (options = {}) =>
      this.call(
        'flake.metadata',
        options,
        async (context) => JSON.parse(await flakeMetadata(context, options.flake ?? '.', true)) as FlakeMetadata,
      ),
    show: (options = {}) =>
      this.call(
        'flake.show',
        options,
        async (context) =>
          JSON.parse(await flakeShow(context, options.flake ?? '.', { json: true, legacy: options.legacy ?? false })) as JsonValue,
      ),
    check: (options = {}) => this.call('flake.check', options, (context) => flakeCheck(context, options.flake ?? '.', { build: true })),
  };

  build(installable: string | readonly string[], options: BuildOptions = {}): Promise<BuildResult[]> {
    return this.call('build', options, async (common) => {
      checkInstallables('build', installable);
      const { outLink, rebuild = false, maxJobs } = options;
      const context = { ...common, maxJobs };
      const built = await build(context, [installable].flat(), { rebuild });
      const links = outLink === undefined ? [] : await linkResults(context, built, outLink);
      let used = 0;
      return built.map((result) => {
        const names = outLink === undefined ? [] : Object.keys(result.outputs);
        return { ...result, links: Object.fromEntries(names.map((name) => [name, links[used++] as string])) };
      });
    });
  }

  plan(installable: string | readonly string[], options: CommonOptions = {}): Promise<PlanResult> {
    return this.call('plan', options, async (context) => {
      checkInstallables('plan', installable);
      const { installables, toBuild, toFetch, downloadBytes, unpackedBytes } = await planBuild(context, [installable].flat());
      return { installables, toBuild, toFetch, downloadBytes, unpackedBytes };
    });
  }

  evaluate(request: EvaluateRequest, options: CommonOptions = {}): Promise<JsonValue> {
    return this.call('evaluate', options, async (context) => {
      checkEvaluateRequest(request);
      const { expr, file, installable, attribute, apply } = request as Partial<EvaluateExpression & EvaluateFile & EvaluateInstallable>;
      const text = await evaluateExpression(context, { expr, file, installable: installable ?? attribute, apply, format: 'json' });
      return JSON.parse(text) as JsonValue;
    });
  }

  run(options: RunOptions): Promise<number> {
    return this.call('run', options, async (context) => {
      const { runMachine } = await import('./run.ts');
      return runMachine(context, {
        target: options.target ?? '.',
        exec: options.exec,
        input: bytesOf(options.input),
        onOutput: options.onOutput ?? (() => {}),
        onErrorOutput: options.onErrorOutput ?? (() => {}),
        user: options.user,
        password: options.password ?? '',
        timeoutSeconds: options.timeoutSeconds,
        memory: options.memory,
        smp: options.processors,
        disk: options.disk === undefined ? undefined : resolve(this.cwd, options.disk),
        diskSize: options.diskSize,
        forwards: [...(options.forwards ?? [])],
        firmware: options.firmware,
        accel: options.accelerator ?? 'auto',
        qemuArguments: [...(options.qemuArguments ?? [])],
        dryRun: false,
        // Used without `exec` and with `dryRun` only.
        print: () => {},
        console: noTerminal,
      });
    });
  }

  deploy(options: DeployOptions = {}): Promise<DeployResult[]> {
    return this.call('deploy', options, async (context) => {
      const { deploy } = await import('./deploy.ts');
      return deploy(context, {
        targets: options.targets ?? (options.all || options.on ? [] : ['.']),
        host: options.host,
        name: options.name,
        all: options.all ?? false,
        on: options.on ?? [],
        canary: options.canary,
        batch: options.batch,
        dryRun: options.dryRun ?? false,
        check: options.check,
        url: options.url,
        timeout: options.timeoutSeconds === undefined ? undefined : options.timeoutSeconds * 1000,
        discardChanges: options.discardChanges ?? false,
        autostart: options.autostart,
        secrets: Object.entries(options.secrets ?? {}).map(([name, file]) => `${name}=${file}`),
      });
    });
  }

  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  [asyncDispose](): Promise<void> {
    return this.close();
  }

  private async end(): Promise<void> {
    this.closing.abort(closedError());
    await Promise.allSettled(this.calls);
    await this.substituters.close();
    this.store.flush();
    this.store.close();
    openCount -= 1;
    if (openCount === 0) await closeConnections();
  }

  private call<T>(name: keyof typeof schemas, options: CommonOptions, run: (context: PipelineContext) => Promise<T>): Promise<T> {
    const result = (async () => {
      this.closing.signal.throwIfAborted();
      checkOptions(name, options);
      const signals = [this.closing.signal, this.options.signal, options.signal].filter((signal) => signal !== undefined);
      const signal = AbortSignal.any(signals);
      signal.throwIfAborted();
      try {
        return await run(this.context(options, signal));
      } catch (error) {
        signal.throwIfAborted();
        throw explainError(error, this.env);
      }
    })();
    this.calls.add(result);
    const forget = (): void => void this.calls.delete(result);
    result.then(forget, forget);
    return result;
  }

  private context(options: CommonOptions, signal: AbortSignal): PipelineContext {
    const all: OpenOptions = {
      ...this.options,
      ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
      settings: { ...this.options.settings, ...options.settings },
      overrideInputs: { ...this.options.overrideInputs, ...options.overrideInputs },
    };
    const send = (event: BootflakeEvent): void => tell(all.onProgress, event);
    const context: PipelineContext = {
      findTool: (name) => tools(name),
      cwd: this.cwd,
      env: this.env,
      store: this.store,
      evaluators: this.evaluators,
      substituters: this.substituters,
      flake: flakeOptions(all),
      signal,
      onProgress: send,
      onPlan: ({ toBuild, toFetch, downloadBytes, unpackedBytes }) =>
        send({
          type: 'plan',
          toBuild: toBuild.map(({ drvPath }) => drvPath),
          toFetch: toFetch.map(({ path }) => path),
          downloadBytes,
          unpackedBytes,
        }),
      onBuild: ({ type, drvPath, name, machine }) =>
        send({ type: 'build', state: type, drvPath, name, ...(machine !== undefined && { machine }) }),
      onFetch: ({ type, path, name }) => send({ type: 'fetch', state: type, path, name }),
      onLog: (name, line, drvPath) => send({ type: 'log', drvPath, name, line }),
      onDeploy: send,
      onNote: (message) => send({ type: 'note', message }),
      onWarning: (message, kind) => send({ type: 'warning', message, source: kind === 'evaluation warning' ? 'evaluation' : 'bootflake' }),
    };
    const tools = helperPrograms(context);
    return context;
  }
}

function flakeOptions({ settings, impure, offline, refresh, overrideInputs, mirror, securityMirror }: OpenOptions): AllFlakeOptions {
  return {
    ...defaultFlakeOptions,
    nixSettings: { ...settings },
    impure: impure ?? false,
    offline: offline ?? false,
    refresh: refresh ?? false,
    overrideInputs: { ...overrideInputs },
    ...(mirror !== undefined && { mirror }),
    ...(securityMirror !== undefined && { securityMirror }),
  };
}

const noTerminal: GuestTerminal = {
  isTerminal: false,
  open: () => ({ close() {} }),
  size: () => undefined,
  write: () => true,
  written: async () => {},
  pause() {},
  resume() {},
};

/** An exception of the callback does not fail the call. */
function tell(onProgress: CommonOptions['onProgress'], event: BootflakeEvent): void {
  try {
    onProgress?.(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function definedOf(env: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

function closedError(): BootflakeError {
  return new BootflakeError({ code: 'api/closed', message: 'this was closed', hint: 'Call open() again.' });
}

async function* bytesOf(input: RunOptions['input']): AsyncGenerator<Uint8Array> {
  if (typeof input === 'string') yield Buffer.from(input, 'utf8');
  else if (input instanceof Uint8Array) yield input;
  else if (input !== undefined) yield* input;
}
