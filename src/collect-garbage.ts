/** `bootflake store gc` and `store delete`: what keeps paths in the store, and what is done with the rest. */
import { resolve } from 'node:path';
import { BootflakeError } from './base/errors.ts';
import { canonicalPath, fileFacts, listNames, readBeginning } from './io/file-operations.ts';
import { livenessOf, parseIdentityToken } from './io/process-identity.ts';
import { stateDirectory } from './io/state-directory.ts';
import { openStore } from './pipeline.ts';
import { checkDeletable, findLiveness, unregister, upTo, withCollectorLock, type Deleted, type GarbageOptions, type Liveness } from './store/garbage.ts';
import { storePathIn, type GcRoot } from './store/gc-roots.ts';
import type { LocalStore } from './store/local-store.ts';
import { decodeDiskHeader } from './vm/overlay.ts';
import { parseSize } from './vm/size.ts';

/** What is kept and what is not, as it is now; nothing is changed. */
export async function examineGarbage(): Promise<Liveness> {
  const store = await openStore();
  return findLiveness(store, garbageOptions(store, true));
}

/** Deletes what nothing keeps, until that comes to `most` (`500M`, `2G`; of the paths' contents). */
export async function collectGarbage(options: { most?: string | undefined }): Promise<Deleted> {
  const most = options.most === undefined ? undefined : parseSize(options.most);
  const store = await openStore();
  store.removeAbandoned();
  const remove = withCollectorLock(store, () => unregister(store, upTo(most, findLiveness(store, garbageOptions(store, false)))));
  return finish(store, remove);
}

/** Deletes paths that nothing else needs; with `ignoreLiveness` those that a root is, too. Fails with `store/still-alive`. */
export async function deletePaths(cwd: string, names: string[], options: { ignoreLiveness: boolean }): Promise<Deleted> {
  const store = await openStore();
  const paths = [...new Set(names.map((name) => namedPath(store, cwd, name)))];
  const remove = withCollectorLock(store, () => {
    const liveness = findLiveness(store, garbageOptions(store, false));
    const known = new Set([...liveness.live, ...liveness.dead]);
    for (const path of paths) if (!known.has(path)) throw notInStore(path);
    checkDeletable(paths, options.ignoreLiveness ? { ...liveness, live: [], roots: [] } : liveness, store);
    const order = new Map([...liveness.dead, ...liveness.live].map((path, i) => [path, i]));
    return unregister(store, paths.sort((a, b) => order.get(a)! - order.get(b)!));
  });
  return finish(store, remove);
}

function finish(store: LocalStore, remove: () => Deleted): Deleted {
  try {
    return remove();
  } finally {
    store.close();
  }
}

function garbageOptions(store: LocalStore, dryRun: boolean): GarbageOptions {
  const backingOf = (file: string): string | undefined => decodeDiskHeader(readBeginning(file, 1 << 16)).backing;
  return { dryRun, backingOf, moreRoots: runningMachines(store, backingOf) };
}

/** The images of machines that run: `run-PROCESS/overlay.qcow2` in the state folder. */
function runningMachines(store: LocalStore, backingOf: (file: string) => string | undefined): GcRoot[] {
  const folder = stateDirectory();
  return listNames(folder).flatMap((name) => {
    const identity = name.startsWith('run-') ? parseIdentityToken(name.slice('run-'.length)) : undefined;
    const overlay = `${folder}/${name}/overlay.qcow2`;
    if (!identity || livenessOf(identity) === 'dead' || fileFacts(overlay)?.type !== 'regular') return [];
    const image = backingOf(overlay);
    const path = image === undefined ? undefined : storePathIn(image, store.physicalStore);
    return path === undefined ? [] : [{ link: overlay, path }];
  });
}

/** A store path as `/nix/store/...`, as the file that it is, or as a link to that. Fails with `store/not-in-store`. */
export function namedPath(store: LocalStore, cwd: string, name: string): string {
  const asked = resolve(cwd, name);
  const real = storePathIn(asked, store.physicalStore) ? asked : canonicalPath(asked) ?? asked;
  const path = storePathIn(real, canonicalStore(store)) ?? storePathIn(real, store.physicalStore);
  if (path === undefined) throw notInStore(name);
  return path;
}

/** Symlinks may lie on the way to the store's folder too. */
function canonicalStore(store: LocalStore): string {
  return canonicalPath(store.physicalStore) ?? store.physicalStore;
}

export function notInStore(name: string): BootflakeError {
  return new BootflakeError({ code: 'store/not-in-store', message: `path '${name}' is not in the Nix store` });
}
