/**
 * The garbage collector: what no root leads to is unregistered, moved out of the store, and removed. Killed at any moment it leaves whole
 * paths and rubbish in a temporary folder, which the next run removes.
 */
import { BootflakeError } from '../base/errors.ts';
import { listNames, moveAway } from '../system/file-operations.ts';
import { tryLock } from '../system/lock-file.ts';
import { STORE_DIR } from '../nix-format/store-path.ts';
import { findRoots, removeRoots, type GcRoot } from './gc-roots.ts';
import type { LocalStore } from './local-store.ts';
import { readTempRoots } from './temp-roots.ts';
import type { ValidPathInfo } from './store.ts';

export interface GarbageOptions {
  /** Of a disk that a user keeps: the image that it is an overlay over. */
  backingOf(file: string): string | undefined;
  /** What else keeps paths: machines that run. */
  moreRoots: GcRoot[];
  /** Change nothing. */
  dryRun: boolean;
}

/** What is in the store and what keeps it. */
export interface Liveness {
  roots: GcRoot[];
  live: string[];
  /** Those that refer come before those they refer to. */
  dead: string[];
  /** Bytes of the NAR of each dead path; 0 for what is not registered. */
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
      message: `${lock.heldBy} is collecting garbage already`,
      hint: 'wait for its end',
    });
  try {
    return work();
  } finally {
    lock.release();
  }
}

/** Only within `withCollectorLock` does the answer hold. */
export function findLiveness(store: LocalStore, options: GarbageOptions): Liveness {
  const stale: string[] = [];
  const search = { physicalStore: store.physicalStore, backingOf: options.backingOf, onStale: (link: string) => stale.push(link) };
  const roots = [
    ...['gcroots', 'profiles'].flatMap((folder) => findRoots(`${store.root === '/' ? '' : store.root}/nix/var/nix/${folder}`, search)),
    ...options.moreRoots,
    ...readTempRoots(`${store.state}/temproots`),
  ];
  if (!options.dryRun) removeRoots(stale);
  // After the roots: what is made from now on is held by its maker.
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

/** As Nix does by default, what is live keeps the derivation that made it. */
function liveClosure(roots: string[], records: Map<string, ValidPathInfo>): Set<string> {
  const live = new Set(roots);
  for (const path of live) {
    const record = records.get(path);
    for (const reference of record?.references ?? []) live.add(reference);
    if (record?.deriver !== undefined && records.has(record.deriver)) live.add(record.deriver);
  }
  return live;
}

/** What a live path refers to must be known, else what it needs would be deleted. */
function refuseUnknown(live: Iterable<string>, damaged: readonly string[]): void {
  const hashes = new Set(damaged);
  for (const path of live) {
    if (!hashes.has(path.slice(STORE_DIR.length + 1, STORE_DIR.length + 33))) continue;
    throw new BootflakeError({
      code: 'store/damaged-record',
      message: `what the store knew of '${path}', which a root leads to, is damaged: what it refers to is not known, and would be deleted`,
      hint: 'build again what has it, or remove its root: bootflake store gc --print-roots',
    });
  }
}

function referrersFirst(paths: string[], records: Map<string, ValidPathInfo>): string[] {
  const among = new Set(paths);
  const ordered: string[] = [];
  const entered = new Set<string>();
  const visit = (path: string): void => {
    if (entered.has(path)) return;
    entered.add(path);
    for (const reference of records.get(path)?.references ?? []) if (among.has(reference)) visit(reference);
    ordered.push(path);
  };
  paths.forEach(visit);
  return ordered.reverse();
}

/** Removes damaged records of paths that are gone, or that nothing leads to. */
export function forgetDamaged(store: LocalStore, { live }: Liveness): void {
  const kept = new Set(live.map((path) => path.slice(STORE_DIR.length + 1, STORE_DIR.length + 33)));
  for (const hash of store.records.damaged()) if (!kept.has(hash)) store.records.forget(hash);
}

/** A path that is in the store no more, and where its files lie until they are removed; undefined when it had none. */
export interface Unregistered {
  path: string;
  aside: string | undefined;
}

/** Takes paths out of the store, those that refer first. */
export function unregister(store: LocalStore, paths: readonly string[]): Unregistered[] {
  return paths.map((path) => {
    store.records.remove(path);
    const aside = store.temporary.newPath('-garbage');
    return { path, aside: moveAway(store.realPath(path), aside) ? aside : undefined };
  });
}

/** Of the dead those to delete until their sizes come to `most` bytes. */
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

/** Throws `store/still-alive` for a path that a root, or a path that stays, leads to. */
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

const showRoots = 'bootflake store gc --print-roots  shows what keeps paths';

function keptByRoot({ link, isDisk }: GcRoot): { why: string; hint: string } {
  if (isDisk)
    return {
      why: `the disk '${link}' of a machine is an overlay over it`,
      hint: 'That file holds what the machine wrote, and is of no use without this path.',
    };
  return { why: `the root '${link}' is this path`, hint: link.startsWith('{') ? showRoots : `rm ${link}` };
}
