/** Copies valid paths of our store to a store behind a daemon, as `nix copy --to` does. */
import { createHash } from 'node:crypto';
import type { ProgressEvent } from '../base/progress.ts';
import { parseHash, sri } from '../nix-format/hash.ts';
import { storePathName } from '../nix-format/store-path.ts';
import { referencesFirst } from '../store/closure.ts';
import type { LocalStore } from '../store/local-store.ts';
import { narPieces } from '../store/nar-pieces.ts';
import type { ValidPathInfo } from '../store/store.ts';
import { explainStoreError } from '../store/system-errors.ts';
import type { DaemonStore } from './daemon-store.ts';
import { daemonError } from './errors.ts';
import { writePathInfo } from './path-info.ts';
import { WireMessage } from './wire/encode.ts';
import type { Send } from './wire/framed.ts';

export interface CopyToOptions {
  signal: AbortSignal;
  /** Refuse paths without a signature that the other side trusts; always so if it does not trust us. Defaults to true. */
  checkSignatures?: boolean;
  /** Let the other side fetch first what its own caches have. Defaults to false. */
  substitute?: boolean;
  /** Protect the paths from the other side's garbage collector for as long as the store is open here. Defaults to false. */
  hold?: boolean;
  onProgress?: (event: ProgressEvent) => void;
}

/**
 * Copies the paths and all that they refer to; what is there already is not sent. Returns the paths that were sent, references first.
 * Throws `store/invalid-path`, `daemon/modified` when a path is not as it was registered, `daemon/refused` with the daemon's reason, and
 * the other `daemon/...`.
 */
export async function copyTo(
  store: LocalStore,
  remote: DaemonStore,
  paths: readonly string[],
  { signal, checkSignatures = true, substitute = false, hold = false, onProgress = () => {} }: CopyToOptions,
): Promise<string[]> {
  const infos = new Map(store.computeClosure([...paths]).map((path) => [path, store.validPathInfo(path)]));
  // Before it is asked what is there, which may be collected otherwise.
  if (hold) await remote.addTempRoots([...infos.keys()], signal);
  const valid = await remote.queryValidPaths([...infos.keys()], { signal, substitute });
  const missing = referencesFirst(
    [...infos.keys()].filter((path) => !valid.has(path)),
    (path) => infos.get(path)!.references,
  );
  if (missing.length === 0) return [];
  const sendAll = async (send: Send): Promise<void> => {
    await send(new WireMessage().number(missing.length).bytes());
    for (const path of missing) {
      const info = infos.get(path)!;
      const progress = { id: `${remote.uri} ${path}`, activity: `copying ${storePathName(path)}` };
      onProgress({ type: 'start', ...progress, totalBytes: info.narSize });
      try {
        const onBytes = (bytes: number): void => onProgress({ type: 'advance', id: progress.id, bytes });
        await sendPath(info, store.realPath(path), { send, signal, onBytes });
      } catch (error) {
        throw explainStoreError(error, store.root);
      } finally {
        onProgress({ type: 'finish', id: progress.id });
      }
    }
  };
  await remote.addMultipleToStore(checkSignatures, sendAll, signal);
  return missing;
}

interface Sending {
  send: Send;
  signal: AbortSignal;
  /** Called with the length of each piece. */
  onBytes?: (bytes: number) => void;
}

/**
 * Sends a path's facts and its archive, read from `place`. Nothing is staged: what turns out not to be as it was registered is not taken
 * over by the daemon, which compares too, and the connection ends. Throws `daemon/modified` then.
 */
export async function sendPath(info: ValidPathInfo, place: string, { send, signal, onBytes }: Sending): Promise<void> {
  const { path, narSize, deriver, references, signatures = [], ca } = info;
  const hasher = createHash('sha256');
  const message = new WireMessage();
  writePathInfo(message, { path, deriver, narHash: parseHash(info.narHash), narSize, references, signatures, ca });
  await send(message.bytes());
  let left = narSize;
  for (const piece of narPieces(place)) {
    signal.throwIfAborted();
    left -= piece.length;
    if (left < 0) break;
    hasher.update(piece);
    await send(piece);
    onBytes?.(piece.length);
  }
  if (left !== 0 || sri(hasher.digest()) !== info.narHash) throw modified(path);
}

function modified(path: string): Error {
  return daemonError('modified', `path '${path}' is not as it was registered, so that it cannot be copied`, {
    hint: `Delete it and make it again. Run: bootflake store delete --ignore-liveness ${path}`,
  });
}
