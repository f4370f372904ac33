/**
 * Every stage, called in order; the CLI's commands and the public API are built on these. Each stage is loaded on first use, so that an
 * early result (nothing changed, a wrong flag) does not pay for the rest.
 */
import { basename } from 'node:path';
import type { ProgressEvent } from '../builders/builder.ts';
import { BootflakeError } from '../base/errors.ts';
import type {
  BuildEvent,
  FetchEvent,
  RealiseOptions,
  RealisePlan,
  RealiseRequest,
  RemoteBuilds,
  Substituter,
} from '../realise/realise-types.ts';
import { SharedSubstituters } from './substituters.ts';
import type { FlakeOptions } from '../settings/options.ts';
import type { RegistryRequest } from '../flake/registry/commands.ts';
import type { Confirm } from '../session/flake-settings.ts';
import type { DerivationRequest, EvaluatedInstallable, EvalRequest, FlakeSession, OnWarning, Purpose } from '../session/session-types.ts';
import type { HostedMachines } from '../remote/hosted-machines.ts';
import type { FindTool } from '../jail/tools.ts';
import type { DeployEvent } from './types.ts';
import type { LocalStore } from '../store/local-store.ts';
import type { StoreProblem } from '../store/store.ts';
import { ignoredSettings } from '../settings/known-settings.ts';
import { readMachines } from '../settings/machines.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { defaultStoreRoot } from '../store/root.ts';
import type { Turns } from '../system/turns.ts';

export { offerEvaluator, type EarlyEvaluator } from '../session/evaluator-thread.ts';
export type { BuildEvent, FlakeOptions, RealisePlan, RegistryRequest };

export interface PipelineContext {
  /** The base of relative flake references. */
  cwd: string;
  /** Says where the store, the caches and nix.conf are. Defaults to the process's own. */
  env?: NodeJS.ProcessEnv | undefined;
  /** Where machines with names are. Defaults to this host. */
  host?: HostedMachines | undefined;
  /** One that is open already, of the same environment. */
  store?: LocalStore | undefined;
  flake: FlakeOptions;
  signal: AbortSignal;
  /** Limits how many evaluations run at once, each with a thread and its memory. Defaults to no limit. */
  evaluators?: Turns | undefined;
  /** The number of parallel builders. */
  maxJobs?: number | undefined;
  /** The binary caches that are open. Defaults to those of the process. */
  substituters?: SharedSubstituters | undefined;
  /** Finds programs of the sandbox that are not on PATH. Defaults to none. */
  findTool?: FindTool | undefined;
  onProgress(event: ProgressEvent): void;
  /** Called with the build plan; also with that of an evaluation's imports. */
  onPlan?(plan: RealisePlan): void;
  onBuild?(event: BuildEvent): void;
  onFetch?(event: FetchEvent): void;
  /** With `keep-going`: a build failed; the others go on. */
  onFailure?(error: unknown): void;
  onLog(name: string, line: string, drvPath: string): void;
  onNote(line: string): void;
  /** How far the deployment of each machine is. */
  onDeploy?(event: DeployEvent): void;
  /** Called with the bytes that were sent to the host. */
  onSent?(bytes: number): void;
  /** Reports details (`-v`); without it, none are collected. */
  onDetail?(line: string): void;
  onWarning: OnWarning;
  /** Asks whether a flake may have a setting. Defaults to no. */
  confirm?: Confirm | undefined;
}

export interface Built {
  installable: string;
  /** Undefined for a store path, which is only fetched. */
  drvPath: string | undefined;
  /** Output name to logical store path. */
  outputs: Record<string, string>;
  /** Output name to its physical path. */
  files: Record<string, string>;
}

/** Where the files of /nix/store are. */
export function storeFolder(env: NodeJS.ProcessEnv = process.env): string {
  const root = defaultStoreRoot(env);
  return `${root === '/' ? '' : root}/nix/store`;
}

export async function openStore({ env, store, onWarning }: Partial<PipelineContext> = {}): Promise<LocalStore> {
  if (store) return store;
  const { LocalStore } = await import('../store/local-store.ts');
  return LocalStore.open({ root: defaultStoreRoot(env ?? process.env), onNotice: (message) => onWarning?.(message) });
}

/**
 * A session of the flake half: sources, lock files, and the evaluator in its worker. Release it with `close`. `callSignal` returns the
 * signal that ends the downloads and builds of the current evaluation. Defaults to the context's signal, which ends everything.
 */
export async function openSession(context: PipelineContext, store: LocalStore, callSignal = () => context.signal): Promise<FlakeSession> {
  const { openFlakeSession } = await import('../session/session.ts');
  for (const warning of ignoredSettings(context.flake.nixSettings, context.env)) context.onWarning(warning);
  return openFlakeSession({
    store,
    cwd: context.cwd,
    env: context.env,
    settings: context.flake,
    signal: context.signal,
    callSignal,
    onProgress: context.onProgress,
    onNote: context.onNote,
    onWarning: context.onWarning,
    confirm: context.confirm,
    ...(context.onDetail && { onDetail: context.onDetail }),
    realise: async (items) => void (await realiseRequests({ ...context, signal: callSignal() }, store, items, {})),
  });
}

export async function withFlakes<T>(context: PipelineContext, store: LocalStore, use: (session: FlakeSession) => Promise<T>): Promise<T> {
  const evaluate = async (): Promise<T> => {
    const session = await openSession(context, store);
    try {
      return await use(session);
    } finally {
      await session.close();
    }
  };
  return context.evaluators ? context.evaluators.take(context.signal, evaluate) : evaluate();
}

/** Those of the command line, which runs one command. */
const processSubstituters = new SharedSubstituters();

/** The binary caches of the settings; undefined when there are none. */
export function substituterOf(context: PipelineContext, { network, substituters: settings }: Settings): Substituter | undefined {
  const { substituters = processSubstituters, flake, env, onWarning } = context;
  const { offline, refresh } = flake;
  return substituters.of({ settings, network, env, offline, refresh, onWarning: (message) => onWarning(message) });
}

/** Makes outputs of derivations valid. `extra` overrides what follows from the context. */
export async function realiseRequests(
  context: PipelineContext,
  store: LocalStore,
  requests: RealiseRequest[],
  extra: Partial<RealiseOptions>,
) {
  const { realise } = await import('../realise/realise.ts');
  const settings = readSettings(context.flake, context.env);
  const { network, build } = settings;
  const { keepGoing, fallback, alwaysAllowSubstitutes, maxJobs: setJobs } = settings.realise;
  const machines = remoteBuilds(context, settings);
  const maxJobs = context.maxJobs ?? setJobs;
  const substituter = substituterOf(context, settings);
  return realise(store, requests, {
    signal: context.signal,
    offline: context.flake.offline,
    network,
    build,
    ...(substituter && { substituter }),
    ...(context.findTool && { findTool: context.findTool }),
    onPlan: (plan) => context.onPlan?.(plan),
    onProgress: context.onProgress,
    onLog: (drvPath, line) => context.onLog(basename(drvPath).slice(33, -4), line, drvPath),
    onBuild: (event) => {
      context.onBuild?.(event);
      if (event.type === 'finished') context.onDetail?.(`made '${event.drvPath}'`);
    },
    onFetch: (event) => context.onFetch?.(event),
    keepGoing,
    fallback,
    alwaysAllowSubstitutes,
    substitutionJobs: settings.substituters.maxJobs,
    onFailure: (error) => context.onFailure?.(error),
    ...(maxJobs !== undefined && { cpuJobs: maxJobs, ...(maxJobs > 0 && { networkJobs: maxJobs }) }),
    ...(machines && { machines }),
    ...extra,
  });
}

/** Returns undefined when the settings name no other machine, and offline. */
function remoteBuilds(
  { flake, env, onWarning }: PipelineContext,
  { realise, build, substituters, network }: Settings,
): RemoteBuilds | undefined {
  const machines = flake.offline ? [] : readMachines(realise.builders, build.system);
  if (machines.length === 0) return undefined;
  return {
    machines,
    useSubstitutes: realise.buildersUseSubstitutes,
    env: env ?? process.env,
    connectTimeout: substituters.connectTimeout,
    stalledAfter: network.stalledAfter,
    onWarning,
  };
}

/** Returns the derivations of the store among the installables, undefined for the others. */
async function storedDerivations(store: LocalStore, installables: string[]): Promise<(EvaluatedInstallable | undefined)[]> {
  if (!installables.some((installable) => installable.includes('.drv'))) return installables.map(() => undefined);
  const { storedDerivation } = await import('../realise/stored-derivation.ts');
  return installables.map((installable) => storedDerivation(store, installable));
}

/** Where installables are looked for, if not in flakes: an expression or a file, of which they name attributes. */
export type InstallableSource = Pick<DerivationRequest, 'expr' | 'file' | 'args'>;

/**
 * Evaluates installables to derivations in the store, each of a flake to one; builds only what the evaluation itself imports.
 */
export async function evaluateInstallables(
  context: PipelineContext,
  store: LocalStore,
  installables: string[],
  source: InstallableSource = {},
  purpose: Purpose = 'build',
): Promise<EvaluatedInstallable[]> {
  const isFlake = source.expr === undefined && source.file === undefined;
  const stored = isFlake ? await storedDerivations(store, installables) : installables.map(() => undefined);
  if (stored.every((one) => one !== undefined)) return stored;
  return withFlakes(context, store, async (session) => {
    const evaluated: EvaluatedInstallable[] = [];
    for (const [i, installable] of installables.entries())
      if (isFlake) evaluated.push(stored[i] ?? (await session.evaluateInstallable(installable, purpose)));
      else evaluated.push(...(await session.evaluateDerivations({ ...source, installable })));
    return evaluated;
  });
}

/** Returns the store paths among the installables of flakes, undefined for the others. */
async function plainPaths(
  context: PipelineContext,
  store: LocalStore,
  installables: string[],
  source: InstallableSource = {},
): Promise<(string | undefined)[]> {
  if (source.expr !== undefined || source.file !== undefined) return installables.map(() => undefined);
  const { storePathArgument } = await import('./path-argument.ts');
  return installables.map((name) => (name.endsWith('.drv') ? undefined : storePathArgument(store, context.cwd, name)));
}

export interface BuildPlan {
  installables: { installable: string; drvPath: string | undefined; outputs: Record<string, string> }[];
  /** Derivations that would be built, inputs first. */
  toBuild: string[];
  /** Paths that would be fetched from binary caches. */
  toFetch: string[];
  plan: RealisePlan;
  downloadBytes: number;
  unpackedBytes: number;
}

/** Returns what `build` would do, without doing it. */
export async function planBuild(context: PipelineContext, installables: string[], source?: InstallableSource): Promise<BuildPlan> {
  const store = await openStore(context);
  const paths = await plainPaths(context, store, installables, source);
  const rest = installables.filter((_, i) => paths[i] === undefined);
  const evaluated = rest.length > 0 ? await evaluateInstallables(context, store, rest, source) : [];
  const { planRealise } = await import('../realise/plan.ts');
  const settings = readSettings(context.flake, context.env);
  const { alwaysAllowSubstitutes } = settings.realise;
  const plan = await planRealise(
    store,
    evaluated.map(({ drvPath, outputNames }) => ({ drvPath, outputs: outputNames })),
    {
      signal: context.signal,
      substituter: substituterOf(context, settings),
      alwaysAllowSubstitutes,
      paths: paths.filter((path) => path !== undefined),
    },
  );
  const planned = evaluated.map(({ installable, drvPath }, i) => ({ installable, drvPath, outputs: plan.outputs[i]?.outputs ?? {} }));
  return {
    installables: merged<BuildPlan['installables'][number]>(planned, installables, paths, (installable, path) => ({
      installable,
      drvPath: undefined,
      outputs: { out: path },
    })),
    toBuild: plan.toBuild.map(({ drvPath }) => drvPath),
    toFetch: plan.toFetch.map(({ path }) => path),
    plan,
    downloadBytes: plan.downloadBytes,
    unpackedBytes: plan.unpackedBytes,
  };
}

/** Evaluates and realises; a store path is fetched. Returns the results in the order of the installables. */
export async function build(
  context: PipelineContext,
  installables: string[],
  { source, ...options }: { rebuild?: boolean; source?: InstallableSource } = {},
): Promise<Built[]> {
  const store = await openStore(context);
  const paths = await plainPaths(context, store, installables, source);
  const fetched = paths.filter((path) => path !== undefined);
  if (options.rebuild && fetched.length > 0) throw nothingToRebuild(fetched[0]!);
  const rest = installables.filter((_, i) => paths[i] === undefined);
  const evaluated = rest.length > 0 ? await evaluateInstallables(context, store, rest, source) : [];
  const built = await realiseEvaluated(context, store, evaluated, { ...options, paths: fetched });
  return merged<Built>(built, installables, paths, (installable, path) => ({
    installable,
    drvPath: undefined,
    outputs: { out: path },
    files: { out: store.realPath(path) },
  }));
}

/** Results in the order of the installables, those of plain paths among them. Several of one installable have no paths beside them. */
function merged<T>(
  results: T[],
  installables: string[],
  paths: (string | undefined)[],
  ofPath: (installable: string, path: string) => T,
): T[] {
  if (paths.every((path) => path === undefined)) return results;
  return installables.map((installable, i) => (paths[i] === undefined ? results.shift()! : ofPath(installable, paths[i])));
}

function nothingToRebuild(path: string): BootflakeError {
  return new BootflakeError({
    code: 'build/nothing-to-rebuild',
    message: `'${path}' is a store path, which can be fetched but not built`,
    hint: 'Name the derivation that made it, or its installable, to build it again.',
  });
}

/** `paths`: fetched besides. */
export async function realiseEvaluated(
  context: PipelineContext,
  store: LocalStore,
  evaluated: EvaluatedInstallable[],
  { rebuild = false, paths = [] }: { rebuild?: boolean; paths?: string[] } = {},
): Promise<Built[]> {
  const requests = evaluated.map(({ drvPath, outputNames }) => ({ drvPath, outputs: outputNames }));
  const realised = await realiseRequests(context, store, requests, { paths, ...(rebuild && { rebuild }) });
  return evaluated.map(({ installable, drvPath }, i) => {
    const outputs = realised[i]?.outputs ?? {};
    const files = Object.fromEntries(Object.entries(outputs).map(([name, path]) => [name, store.realPath(path)]));
    return { installable, drvPath, outputs, files };
  });
}

/** Makes the links `result`, `result-1`, ... and `result-dev` for other outputs, as nix build does; each is a garbage collector root. */
export async function linkResults(context: PipelineContext, built: Built[], outLink: string): Promise<string[]> {
  const store = await openStore(context);
  const { resolve } = await import('node:path');
  const links: string[] = [];
  built.forEach(({ outputs }, i) => {
    for (const [name, path] of Object.entries(outputs)) {
      const link = resolve(context.cwd, `${outLink}${i ? `-${i}` : ''}${name === 'out' ? '' : `-${name}`}`);
      store.addIndirectRoot(link, path);
      links.push(link);
    }
  });
  return links;
}

export async function evaluateExpression(context: PipelineContext, request: EvalRequest): Promise<string> {
  const store = await openStore(context);
  return withFlakes(context, store, (session) => session.evaluateExpression(request));
}

export async function lockFlake(context: PipelineContext, flake: string): Promise<void> {
  const store = await openStore(context);
  await withFlakes(context, store, (session) => session.lock(flake));
}

export async function flakeMetadata(context: PipelineContext, flake: string, json: boolean): Promise<string> {
  const store = await openStore(context);
  return withFlakes(context, store, (session) => session.metadata(flake, { json }));
}

export async function flakeShow(context: PipelineContext, flake: string, options: { json: boolean; legacy: boolean }): Promise<string> {
  const store = await openStore(context);
  return withFlakes(context, store, (session) => session.show(flake, options));
}

/** Evaluates every output; with `build`, realises the checks of this system. Throws the first error. */
export async function flakeCheck(context: PipelineContext, flake: string, options: { build: boolean }): Promise<void> {
  const store = await openStore(context);
  const checks = await withFlakes(context, store, (session) => session.check(flake));
  if (options.build && checks.length) await realiseEvaluated(context, store, checks);
}

/** Lists flake registries: those of this machine at once, then the global one, which may have to be downloaded. */
export async function listRegistries(context: PipelineContext, print: (line: string) => void): Promise<void> {
  const store = await openStore(context);
  await withFlakes(context, store, async (session) => {
    for (const part of ['local', 'global'] as const) (await session.registry({ action: 'list', part })).forEach(print);
  });
}

/** Lists or changes flake registries; returns the lines to print. */
export async function flakeRegistry(context: PipelineContext, request: RegistryRequest): Promise<string[]> {
  const store = await openStore(context);
  return withFlakes(context, store, (session) => session.registry(request));
}

export interface VerifyStoreOptions {
  /** Also hash the contents. */
  checkContents: boolean;
  signal: AbortSignal;
  /** Only these paths. Defaults to all. */
  paths?: readonly string[];
  /** Called with each path before it is checked. */
  onPath?(path: string): void;
}

/** Checks that every path of the store exists. Throws the signal's reason when it is aborted. */
export async function verifyStore(options: VerifyStoreOptions): Promise<{ checked: number; problems: StoreProblem[] }> {
  const { checkContents: contents, signal, paths, onPath } = options;
  const [store, { verifyInThread }] = await Promise.all([openStore(), import('./verify-store.ts')]);
  return verifyInThread({ root: store.root, contents, paths }, signal, (path) => onPath?.(path));
}
