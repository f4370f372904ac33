/** The store paths that a command's arguments name: paths of the store, links to them, and installables. */
import type { LocalStore } from '../store/local-store.ts';
import { storePathArgument } from './path-argument.ts';
import { build, evaluateInstallables, planBuild, type InstallableSource, type PipelineContext } from './pipeline.ts';

export interface PathsRequest {
  /** Store paths, links to them, or installables. */
  names: readonly string[];
  /** The names are attributes of this, if it is given. */
  source?: InstallableSource | undefined;
  /** The derivations of installables instead of their outputs. */
  derivation?: boolean;
  /** Make the outputs valid. Without it, they may be missing. */
  realise?: boolean;
}

/** Returns the paths in the order of the names, each once. Throws `store/not-in-store`, and the errors of evaluation and builds. */
export async function installablePaths(context: PipelineContext, store: LocalStore, request: PathsRequest): Promise<string[]> {
  const { names, source, derivation = false, realise = false } = request;
  const isFlake = source?.expr === undefined && source?.file === undefined;
  const named = names.map((name) => (isFlake ? storePathArgument(store, context.cwd, name) : undefined));
  const installables = names.filter((_, i) => named[i] === undefined);
  const found =
    installables.length === 0
      ? []
      : derivation
        ? await drvPaths(context, store, installables, source)
        : await outputs(context, installables, source, realise);
  // One of a file may be several.
  if (!isFlake) return [...new Set(found.flat())];
  const byName = new Map(installables.map((name, i) => [name, found[i] ?? []]));
  return [...new Set(names.flatMap((name, i) => named[i] ?? byName.get(name) ?? []))];
}

async function drvPaths(
  context: PipelineContext,
  store: LocalStore,
  installables: string[],
  source: InstallableSource | undefined,
): Promise<string[][]> {
  return (await evaluateInstallables(context, store, installables, source)).map(({ drvPath }) => [drvPath]);
}

async function outputs(
  context: PipelineContext,
  installables: string[],
  source: InstallableSource | undefined,
  realise: boolean,
): Promise<string[][]> {
  const results = realise
    ? await build(context, installables, source ? { source } : {})
    : (await planBuild(context, installables, source)).installables;
  return results.map((result) => Object.values(result.outputs));
}
