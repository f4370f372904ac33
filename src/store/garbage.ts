/**
 * The garbage collector: unregisters what no root leads to, moves it out of the store, and removes it. Killed at any moment, it leaves only
 * intact paths and a temporary folder that the next run removes.
 */
import { BootflakeError } from '../base/errors.ts';
import { listNames, moveAway, readText } from '../system/file-operations.ts';
import { tryLock } from '../system/lock-file.ts';
import { parseDerivation } from '../nix-format/derivation-parser.ts';
import { STORE_DIR, storePathName } from '../nix-format/store-path.ts';
import { referencesFirst } from './closure.ts';
import { findRoots, removeRoots, type GcRoot } from './gc-roots.ts';
import type { LocalStore } from './local-store.ts';
import { readTempRoots } from './temp-roots.ts';
import type { ValidPathInfo } from './store.ts';

export interface GarbageOptions {
  /** Returns the image that a user's disk is an overlay of. */
  backingOf(file: string): string | undefined;
  /** Further roots: running machines. */
  moreRoots: GcRoot[];
  /** Change nothing. */
  dryRun: boolean;
  /** Keep the derivation that made a live path (`keep-derivations`). Defaults to true. */
  keepDerivations?: boolean;
  /** Keep the outputs of a live derivation (`keep-outputs`). Defaults to false. */
  keepOutputs?: boolean;
}

/** The paths of the store and the roots that keep them. */
export interface Liveness {
  roots: GcRoot[];
  live: string[];
  /** Referrers come before the paths that they refer to. */
  dead: string[];
  /** NAR size of each dead path; 0 for an unregistered one. */
  sizes: Map<string, number>;
}

export interface Deleted {
  paths: string[];
  /** Bytes of disk. */
  freed: number;
}

/** Takes the collector's lock for as long as `work` runs. Throws `store/collecting`. */
export function withCollectorLock<T>(store: LocalStore, work: () => T): T {
  const lock = tryLock(`${store.state}/gc.lock`);
  if ('heldBy' in lock)
    throw new BootflakeError({
      code: 'store/collecting',
      message: `${lock.heldBy} is already collecting garbage`,
      hint: 'Wait until it has finished.',
    });
  try {
    return work();
  } finally {
    lock.release();
  }
}

/** The result is valid only within `withCollectorLock`. */
export function findLiveness(store: LocalStore, options: GarbageOptions): Liveness {
  const stale: string[] = [];
  const search = { physicalStore: store.physicalStore, backingOf: options.backingOf, onStale: (link: string) => stale.push(link) };
  const roots = [
    ...['gcroots', 'profiles'].flatMap((folder) => findRoots(`${store.root === '/' ? '' : store.root}/nix/var/nix/${folder}`, search)),
    ...options.moreRoots,
    ...readTempRoots(`${store.state}/temproots`),
  ];
  if (!options.dryRun) removeRoots(stale);
  // After the roots: paths made from now on are held by their makers.
  const records = new Map(store.records.all().map((record) => [record.path, record]));
  const present = new Set([
    ...records.keys(),
    ...listNames(store.physicalStore)
      .filter((name) => /^[0-9a-z]{32}-/.test(name))
      .map((name) => `${STORE_DIR}/${name}`),
  ]);
  const live = liveClosure(
    roots.map(({ path }) => path),
    records,
    options,
    (path) => outputsOf(store, path),
  );
  refuseUnknown(live, store.records.damaged());
  const dead = referrersFirst([...present].filter((path) => !live.has(path)).sort(), records);
  return {
    roots,
    live: [...live].filter((path) => present.has(path)).sort(),
    dead,
    sizes: new Map(dead.map((path) => [path, records.get(path)?.narSize ?? 0])),
  };
}

function liveClosure(
  roots: string[],
  records: Map<string, ValidPathInfo>,
  { keepDerivations = true, keepOutputs = false }: GarbageOptions,
  outputs: (drvPath: string) => string[],
): Set<string> {
  const live = new Set(roots);
  // Iterating over a Set includes elements added meanwhile.
  for (const path of live) {
    const record = records.get(path);
    for (const reference of record?.references ?? []) live.add(reference);
    if (keepDerivations && record?.deriver !== undefined && records.has(record.deriver)) live.add(record.deriver);
    if (keepOutputs && record && path.endsWith('.drv')) for (const output of outputs(path)) if (records.has(output)) live.add(output);
  }
  return live;
}

/** A derivation whose file is gone or damaged has no outputs that could be known. */
function outputsOf(store: LocalStore, drvPath: string): string[] {
  const text = readText(store.realPath(drvPath));
  if (text === undefined) return [];
  try {
    return [...parseDerivation(text, storePathName(drvPath).slice(0, -'.drv'.length)).outputs.values()].map(({ path }) => path);
  } catch (error) {
    if (error instanceof BootflakeError && error.code === 'nix-format/bad-derivation') return [];
    throw error;
  }
}

/** The references of a live path must be known, else its dependencies would be deleted. */
function refuseUnknown(live: Iterable<string>, damaged: readonly string[]): void {
  const hashes = new Set(damaged);
  for (const path of live) {
    if (!hashes.has(path.slice(STORE_DIR.length + 1, STORE_DIR.length + 33))) continue;
    throw new BootflakeError({
      code: 'store/damaged-record',
      message: `the record of '${path}', which a root leads to, is damaged: its references are unknown and would be deleted`,
      hint: 'Build what has it again, or remove its root. Run: bootflake store gc --print-roots',
    });
  }
}

function referrersFirst(paths: string[], records: Map<string, ValidPathInfo>): string[] {
  return referencesFirst(paths, (path) => records.get(path)?.references ?? []).reverse();
}

/** Removes damaged records of paths that are gone or dead. */
export function forgetDamaged(store: LocalStore, { live }: Liveness): void {
  const kept = new Set(live.map((path) => path.slice(STORE_DIR.length + 1, STORE_DIR.length + 33)));
  for (const hash of store.records.damaged()) if (!kept.has(hash)) store.records.forget(hash);
}

/** A path removed from the store, and where its files are until they are deleted; undefined when it had none. */
export interface Unregistered {
  path: string;
  aside: string | undefined;
}

/** Takes paths out of the store, referrers first. */
export function unregister(store: LocalStore, paths: readonly string[]): Unregistered[] {
  return paths.map((path) => {
    store.records.remove(path);
    const aside = store.temporary.newPath('-garbage');
    return { path, aside: moveAway(store.realPath(path), aside) ? aside : undefined };
  });
}

/** Returns the dead paths to delete until their sizes add up to `most` bytes. */
export function upTo(most: number | undefined, { dead, sizes }: Liveness): string[] {
  if (most === undefined) return dead;
  const chosen: string[] = [];
  let sum = 0;
  for (const path of dead) {
    if (sum >= most) break;
    chosen.push(path);
    sum += sizes.get(path) ?? 0;
  }
  return chosen;
}

/** Throws `store/still-alive` for a path reachable from a root or from a path that stays. */
export function checkDeletable(paths: readonly string[], liveness: Liveness, store: LocalStore): void {
  const doomed = new Set(paths);
  const live = new Set(liveness.live);
  const records = store.records.all();
  for (const path of paths) {
    const referrer = records.find((record) => record.path !== path && record.references.includes(path) && !doomed.has(record.path));
    if (!live.has(path) && referrer === undefined) continue;
    const root = liveness.roots.find((one) => one.path === path);
    const { why, hint } = root
      ? keptByRoot(root)
      : { why: referrer ? `'${referrer.path}' refers to it` : 'a root leads to it', hint: showRoots };
    throw new BootflakeError({ code: 'store/still-alive', message: `Cannot delete path '${path}' since it is still alive: ${why}`, hint });
  }
}

const showRoots = 'Run: bootflake store gc --print-roots  to see what keeps paths.';

function keptByRoot({ link, isDisk }: GcRoot): { why: string; hint: string } {
  if (isDisk)
    return {
      why: `the disk '${link}' of a machine is an overlay over it`,
      hint: 'Remove that file first: it holds what the machine wrote, and is of no use without this path.',
    };
  return { why: `the root '${link}' is this path`, hint: link.startsWith('{') ? showRoots : `Run: rm ${link}` };
}
