/** Copies paths with all that they refer to from one store to another: references first, several at once, those that are there left out. */
import { setMaxListeners } from 'node:events';
import type { ProgressEvent } from '../../base/progress.ts';
import { parseHash } from '../../nix-format/hash.ts';
import type { TrustedKeys } from '../../nix-format/signature.ts';
import { referencesFirst } from '../../store/closure.ts';
import type { ValidPathInfo } from '../../store/store.ts';
import { Turns } from '../../system/turns.ts';
import { cacheError } from '../errors.ts';
import { isSigned } from '../trust.ts';
import type { CopyDestination, CopySource } from './copy-store.ts';

export interface CopyOptions {
  signal: AbortSignal;
  /** With all that the paths refer to. */
  recursive: boolean;
  /** The keys of which one must have signed each path, where the destination asks for that; undefined when it is not checked. */
  trustedKeys: TrustedKeys | undefined;
  /** How many paths are copied at once. */
  jobs: number;
  /** How many are looked up at once. */
  connections: number;
  onProgress: (event: ProgressEvent) => void;
}

/** A source that always names further references must end. */
const MOST_PATHS = 1_000_000;

/**
 * Returns the paths that were copied, references first. Throws `caches/invalid-path` for a path that the source lacks, `caches/unsigned`,
 * `caches/circle`, and the errors of both stores. What was copied before an error stays, and is complete.
 */
export async function copyPaths(
  source: CopySource,
  destination: CopyDestination,
  paths: readonly string[],
  options: CopyOptions,
): Promise<string[]> {
  const { signal, onProgress } = options;
  setMaxListeners(0, signal);
  await destination.prepare({ signal });
  const infos = await missingPaths(source, destination, paths, options);
  const { trustedKeys } = options;
  if (trustedKeys && destination.wantsSignatures) for (const info of infos.values()) checkSignature(info, trustedKeys, source);
  const inOrder = referencesFirst(
    infos.keys(),
    (path) => infos.get(path)!.references,
    (path, reference) => {
      throw cacheError('circle', `'${path}' and '${reference}' refer to each other`);
    },
  );
  const ordered = inOrder.map((path) => infos.get(path)!);
  const all = { id: 'copying paths', activity: `copying ${ordered.length} paths`, transfer: 'all' } as const;
  onProgress({ type: 'start', ...all });
  try {
    await copyInOrder(source, destination, ordered, options);
  } finally {
    onProgress({ type: 'finish', id: all.id });
  }
  return ordered.map(({ path }) => path);
}

/** Looks up the paths, their references and so on, many at once; returns the facts of those that the destination lacks. */
async function missingPaths(
  source: CopySource,
  destination: CopyDestination,
  paths: readonly string[],
  { signal, recursive, connections }: CopyOptions,
): Promise<Map<string, ValidPathInfo>> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  setMaxListeners(0, both);
  const turns = new Turns(connections);
  const missing = new Map<string, ValidPathInfo>();
  const seen = new Set<string>();
  const pending = new Set<Promise<void>>();
  let failure: unknown;
  const visit = async (path: string): Promise<void> => {
    const ask = { signal: both };
    const valid = turns.take(both, () => destination.isValid(path, ask));
    if (destination.isClosed && (await valid)) return;
    const [info] = await Promise.all([turns.take(both, () => source.query(path, ask)), valid]);
    if (!info) throw invalidIn(source, path);
    if (!(await valid)) missing.set(path, info);
    if (recursive) info.references.forEach(begin);
  };
  const begin = (path: string): void => {
    if (seen.has(path) || failure !== undefined) return;
    seen.add(path);
    if (seen.size > MOST_PATHS) throw cacheError('too-many', `'${source.uri ?? 'the store'}' names more than ${MOST_PATHS} paths to copy`);
    const work: Promise<void> = visit(path)
      .catch((error: unknown) => {
        failure ??= error;
        stop.abort(error);
      })
      .finally(() => pending.delete(work));
    pending.add(work);
  };
  paths.forEach(begin);
  while (pending.size > 0) await Promise.race(pending);
  if (failure !== undefined) throw failure;
  return missing;
}

async function copyInOrder(
  source: CopySource,
  destination: CopyDestination,
  ordered: readonly ValidPathInfo[],
  { signal, jobs, onProgress }: CopyOptions,
): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  setMaxListeners(0, both);
  const turns = new Turns(jobs);
  const begun = new Map<string, Promise<void>>();
  const copyOne = async (info: ValidPathInfo): Promise<void> => {
    const { path, references } = info;
    const others = references.filter((reference) => reference !== path);
    await Promise.all(others.map((reference) => begun.get(reference)));
    await turns.take(both, async () => {
      await checkReferences(destination, path, others, begun, both);
      await transfer(source, destination, info, both, onProgress);
    });
  };
  for (const info of ordered) {
    const work = copyOne(info);
    // The first failure ends the others; all are awaited, so that nothing writes any more when this function ends.
    work.catch((error: unknown) => stop.abort(error));
    begun.set(info.path, work);
  }
  const results = await Promise.allSettled(begun.values());
  signal.throwIfAborted();
  stop.signal.throwIfAborted();
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

async function transfer(
  source: CopySource,
  destination: CopyDestination,
  info: ValidPathInfo,
  signal: AbortSignal,
  onProgress: CopyOptions['onProgress'],
): Promise<void> {
  const { path, narSize } = info;
  // What is downloaded counts, else what is uploaded.
  const download = source.uri !== undefined;
  const places = [source.uri && ` from '${source.uri}'`, destination.uri && ` to '${destination.uri}'`].filter(Boolean).join('');
  const totalBytes = download ? source.transferSize(info) : narSize;
  const onBytes = (bytes: number): void => onProgress({ type: 'advance', id: path, bytes });
  const activity = `copying path '${path}'${places}`;
  const transferred = { from: source.uri ?? 'local', to: destination.uri ?? 'local' };
  onProgress({ type: 'start', id: path, activity, transfer: transferred, download, ...(totalBytes !== undefined && { totalBytes }) });
  try {
    await source.withTree(info, { signal, ...(download && { onBytes }) }, (tree) =>
      destination.add(info, tree, { signal, ...(!download && { onBytes }) }),
    );
  } finally {
    onProgress({ type: 'finish', id: path });
  }
}

/** Without the closure, the references must be there already. */
async function checkReferences(
  destination: CopyDestination,
  path: string,
  references: readonly string[],
  begun: ReadonlyMap<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  for (const reference of references) {
    if (begun.has(reference) || (await destination.isValid(reference, { signal }))) continue;
    throw cacheError('invalid-path', `cannot add '${path}' to ${nameOf(destination)} because the reference '${reference}' is not valid`, {
      hint: 'Copy the closure: leave out --no-recursive.',
    });
  }
}

function checkSignature(info: ValidPathInfo, keys: TrustedKeys, source: CopySource): void {
  const { path, narHash, narSize, references, ca, signatures = [] } = info;
  if (isSigned(keys, { storePath: path, narHash: parseHash(narHash), narSize, references, signatures, ...(ca !== undefined && { ca }) }))
    return;
  throw cacheError('unsigned', `cannot add path '${path}' because it lacks a signature by a trusted key`, {
    hint: `Add the key of ${nameOf(source)} to trusted-public-keys, or trust it this time with --no-check-sigs.`,
  });
}

function invalidIn(source: CopySource, path: string): Error {
  return cacheError('invalid-path', `path '${path}' is not valid in ${nameOf(source)}`, {
    ...(source.uri === undefined && { hint: `Build it first, or fetch it from a binary cache: bootflake build ${path}` }),
  });
}

function nameOf({ uri }: { uri: string | undefined }): string {
  return uri === undefined ? 'the store' : `'${uri}'`;
}
