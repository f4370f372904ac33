/** Fetches one path from one cache into the store. */
import type { ProgressEvent } from '../base/progress.ts';
import { sri } from '../nix-format/hash.ts';
import { storePathName } from '../nix-format/store-path.ts';
import { invalidPath } from '../store/closure.ts';
import type { LocalStore } from '../store/local-store.ts';
import type { ValidPathInfo } from '../store/store.ts';
import { explainStoreError } from '../store/system-errors.ts';
import type { Substitute } from './binary-cache.ts';
import type { NarPool } from './unpack/nar-pool.ts';

export interface SubstitutePathOptions {
  signal: AbortSignal;
  /** Replace the files of a valid path, which are damaged. */
  replace?: boolean;
  onProgress: (event: ProgressEvent) => void;
}

/**
 * Unpacks the archive beside the store, compares it with the facts, moves it into place and registers it. Nothing of it stays when a step
 * fails. Throws `caches/...`, `network/...`, `nix-format/bad-nar` and `store/...`.
 */
export async function substitutePath(
  pool: NarPool,
  store: LocalStore,
  { cache, info }: Substitute,
  options: SubstitutePathOptions,
): Promise<void> {
  const { signal, onProgress, replace = false } = options;
  const { storePath: path } = info;
  if (!replace && store.isValidPath(path)) return;
  const lock = await store.lock(path, { signal });
  const place = store.temporary.newPath('-substitute');
  const progress = { id: path, activity: `fetching ${storePathName(path)}`, download: true };
  let started = false;
  try {
    if (!replace && store.isValidPath(path)) return;
    const missing = info.references.find((reference) => reference !== path && !store.isValidPath(reference));
    if (missing !== undefined) throw invalidPath(missing);
    onProgress({ type: 'start', ...progress, ...(info.fileSize !== undefined && { totalBytes: info.fileSize }) });
    started = true;
    const { compression, narHash, narSize, fileHash, fileSize, ca } = info;
    const checked = info.references.includes(path) ? undefined : ca;
    await pool.unpack({ place, compression, narHash, narSize, fileHash, fileSize, ca: checked }, signal, (sink, stop) =>
      cache.fetchNar(info, sink, { signal: stop, onBytes: (bytes) => onProgress({ type: 'advance', id: progress.id, bytes }) }),
    );
    const facts: ValidPathInfo = {
      path,
      narHash: sri(narHash.bytes),
      narSize,
      references: info.references,
      deriver: info.deriver,
      ca,
      ...(info.signatures.length > 0 && { signatures: info.signatures }),
    };
    if (replace) store.replacePath(place, facts);
    else if (store.moveIntoPlace(place, path)) store.registerValidPath(facts);
  } catch (error) {
    throw explainStoreError(error, store.root);
  } finally {
    store.temporary.discard(place);
    if (started) onProgress({ type: 'finish', id: progress.id });
    lock.release();
  }
}
