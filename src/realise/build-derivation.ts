/** One derivation, from valid inputs to valid outputs. */
import { readBuildSettings, type BuildSettings as ProcessSettings } from '../settings/build-settings.ts';
import { STRUCTURED_ATTRS } from '../nix-format/structured-attrs.ts';
import { invalidPath } from '../store/closure.ts';
import { ImageRecords } from '../store/image-records.ts';
import { TreeRecords } from '../store/tree-records.ts';
import type { LocalStore } from '../store/local-store.ts';
import { explainStoreError } from '../store/system-errors.ts';
import { findDamage } from '../store/verify.ts';
import { BuildLog } from './build-log.ts';
import type { BuildContext, Builder } from '../builders/builder.ts';
import { derivationOptions, type DerivationOptions } from '../builders/process/derivation-options.ts';
import { commitOutputs, finishOutputs, replaceOutputs, type FinishedOutput } from './commit-outputs.ts';
import type { DerivationGraph, DerivationNode } from './derivation-graph.ts';
import { buildFailure, damagedInput, notBuiltYet, notDeterministic } from './errors.ts';
import { firstDifference } from './first-difference.ts';
import { checkOutputs } from './output-checks.ts';
import { InputScope } from './input-scope.ts';
import type { BuildEvent, RealiseOptions } from './realise-types.ts';

export interface BuildJob {
  node: DerivationNode;
  builder: Builder;
  /** Compare with the registered outputs instead of registering. */
  compare: boolean;
  /** Where the builder runs, if that is another machine. */
  machine?: string | undefined;
}

export interface BuildSettings {
  store: LocalStore;
  graph: DerivationGraph;
  options: RealiseOptions;
  signal: AbortSignal;
  cores: number;
}

/** Builds, unless another process just did. Throws the builder's error with the derivation added to its trace. */
export async function buildDerivation(job: BuildJob, settings: BuildSettings): Promise<void> {
  const { node } = job;
  const { store, signal, options } = settings;
  const log = new BuildLog(store.root, node.drvPath, (line) => options.onLog?.(node.drvPath, line));
  const outputs = node.outputNames();
  const lock = await store.lock(node.outputPath(outputs[0]!), {
    signal,
    onWait: (owner) => log.add(`waiting for ${owner}, which builds '${node.drvPath}'`),
  });
  let started = false;
  const { drvPath, name } = node;
  const where = job.machine === undefined ? {} : { machine: job.machine };
  const report = (type: BuildEvent['type']): void => options.onBuild?.({ type, drvPath, name, ...where });
  try {
    if (!job.compare && outputs.every((output) => store.isValidPath(node.outputPath(output)))) return;
    report('started');
    started = true;
    await runBuilder(job, settings, log);
    report('finished');
  } catch (error) {
    if (started) report('failed');
    if (signal.aborted && isAbort(error, signal)) throw error;
    throw buildFailure(node, explainStoreError(error, store.root), log.tail(buildSettings(options).logLines));
  } finally {
    lock.release();
    const lost = log.save();
    if (lost !== undefined) options.onLog?.(drvPath, `bootflake keeps no log of this build: ${(lost as Error).message}`);
  }
}

async function runBuilder(job: BuildJob, settings: BuildSettings, log: BuildLog): Promise<void> {
  const { node, builder } = job;
  const { store, signal } = settings;
  const place = store.temporary.newPath('-');
  let committed = false;
  try {
    const outputs = Object.fromEntries(node.outputNames().map((name) => [name, node.outputPath(name)]));
    const outputFiles = Object.fromEntries(
      Object.entries(outputs).map(([name, path]) => [name, `${place}${path.slice(path.lastIndexOf('/') + 1)}`]),
    );
    const scope = new InputScope(store, inputPaths(node, settings), node);
    const context: BuildContext = {
      drvPath: node.drvPath,
      attrs: node.attrs,
      outputs,
      outputFiles,
      signal,
      realPath: (path) => scope.realPath(path),
      includes: (storePath) => scope.includes(storePath),
      notAnInput: (path, leadsTo) => scope.notAnInput(path, leadsTo),
      pathInfo: (path) => store.validPathInfo(scope.require(path)),
      closure: async (paths) => store.computeClosure(paths.map((path) => scope.require(path))),
      log: log.add,
      progress: (event) => settings.options.onProgress?.(event),
      offline: settings.options.offline ?? false,
      network: settings.options.network,
      cores: settings.cores,
      // A build to compare with must not take from what it is compared with.
      images: job.compare ? undefined : new ImageRecords(`${store.state}/images`, store),
      trees: job.compare ? undefined : new TreeRecords(`${store.state}/trees`, store),
      derivation: {
        drv: node.drv,
        store,
        settings: buildSettings(settings.options),
        inputs: () => scope.closure(),
        read: (drvPath) => settings.graph.get(drvPath).drv,
        folder: `${place}build`,
        findTool: settings.options.findTool,
      },
    };
    const result = await builder.run(context);
    signal.throwIfAborted();
    const candidates = () => [...new Set([...scope.closure(), ...Object.values(outputs)])];
    const options = outputOptions(node);
    const finished = await finishOutputs(node, outputFiles, result, candidates, {
      discarding: options.unsafeDiscardReferences,
      signal,
    });
    checkOutputs(node.drvPath, finished, options.outputChecks, (path) => store.queryPathInfo(path));
    const { repair } = settings.options;
    if (job.compare && repair) repairOutputs(node, store, scope, finished, repair);
    else if (job.compare) compareOutputs(node, store, scope, finished);
    else committed = commitOutputs(store, finished);
  } finally {
    if (!committed) store.temporary.discard(place);
  }
}

/** Attributes about outputs. Most derivations have none, and the structured attributes of some are long. */
function outputOptions({ drv }: DerivationNode): Pick<DerivationOptions, 'unsafeDiscardReferences' | 'outputChecks'> {
  const json = drv.env.get(STRUCTURED_ATTRS);
  if (json === undefined || /"(?:outputChecks|unsafeDiscardReferences)"/.test(json)) return derivationOptions(drv);
  return { unsafeDiscardReferences: new Set(), outputChecks: () => undefined };
}

let defaultSettings: ProcessSettings | undefined;

function buildSettings({ build }: RealiseOptions): ProcessSettings {
  return build ?? (defaultSettings ??= readBuildSettings(new Map()));
}

function inputPaths(node: DerivationNode, { store, graph }: BuildSettings): string[] {
  const paths = graph.inputsOf(node).flatMap((input) => input.outputs.map((output) => input.node.outputPath(output)));
  paths.push(...node.drv.inputSrcs);
  for (const path of paths) if (!store.isValidPath(path)) throw invalidPath(path);
  return paths;
}

/** What differs from the registered output may have been built from damaged inputs, and is then not taken. */
function repairOutputs(
  node: DerivationNode,
  store: LocalStore,
  scope: InputScope,
  finished: FinishedOutput[],
  repair: ReadonlySet<string>,
): void {
  const wanted = finished.filter(({ info }) => repair.has(info.path));
  if (wanted.some(({ info }) => store.queryPathInfo(info.path)?.narHash !== info.narHash)) {
    const damaged = findDamage(store, scope.closure()).map(({ path }) => path);
    if (damaged.length > 0) throw damagedInput(node, damaged, store.referrersOf(damaged));
  }
  replaceOutputs(store, wanted);
}

/** The builder is not at fault for a difference if its inputs have changed since the first build. */
function compareOutputs(node: DerivationNode, store: LocalStore, scope: InputScope, finished: FinishedOutput[]): void {
  for (const { info, temporary } of finished) {
    const registered = store.queryPathInfo(info.path);
    if (registered === undefined) throw notBuiltYet(node, info.path);
    if (registered.narHash === info.narHash) continue;
    const damaged = findDamage(store, scope.closure()).map(({ path }) => path);
    if (damaged.length > 0) throw damagedInput(node, damaged, store.referrersOf(damaged));
    const changed = findDamage(store, [info.path]).length > 0;
    const difference = changed
      ? 'where is not known, as its files in the store were changed after they were registered'
      : firstDifference(store.realPath(info.path), temporary);
    throw notDeterministic(node, info.path, difference);
  }
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && (error.name === 'AbortError' || error.cause === signal.reason));
}
