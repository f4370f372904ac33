/** The stores that `copy --from` and `--to` name, by their addresses. */
import { hidePasswords } from '../../base/hide-passwords.ts';
import type { SecretKey } from '../../nix-format/signature.ts';
import type { LocalStore } from '../../store/local-store.ts';
import type { HttpOptions } from '../../system/http.ts';
import { Turns } from '../../system/turns.ts';
import { DaemonStore } from '../../daemon/daemon-store.ts';
import { isDaemonUri } from '../../daemon/store-uri.ts';
import { parseCacheUri } from '../cache-uri.ts';
import { DaemonCache } from '../daemon-cache.ts';
import { LayoutCache } from '../layout-cache.ts';
import { filesOf } from '../open-cache.ts';
import { openPacker, type FindCompressor } from '../push/packers.ts';
import { readPushParameters } from '../push/parameters.ts';
import { NarPool } from '../unpack/nar-pool.ts';
import { CacheDestination, CacheSource } from './cache-store.ts';
import type { CopyDestination, CopySource } from './copy-store.ts';
import { DaemonDestination } from './daemon-destination.ts';
import { OwnStore } from './own-store.ts';

export interface CopyStoreOptions {
  store: LocalStore;
  http: HttpOptions;
  env: NodeJS.ProcessEnv;
  /** Requests to one store at once. */
  connections: number;
  /** Seconds for a connection, and of silence, of a daemon. */
  connectTimeout: number;
  stalledAfter?: number | undefined;
  /** A daemon takes only paths with a signature that it trusts. */
  checkSignatures: boolean;
  /** Threads that unpack. */
  threads: number;
  /** Finds the programs of compressions that are no library's. */
  findProgram?: FindCompressor | undefined;
  signal: AbortSignal;
  readKeyFile(file: string): SecretKey;
}

/** Addresses of the user's own store. */
const OWN = ['', 'auto', 'local'];

/** Asks a cache for its nix-cache-info, or greets a daemon. Throws `caches/...`, `network/...` and `daemon/...`. */
export async function openCopySource(address: string, options: CopyStoreOptions): Promise<CopySource> {
  const { store, http, env, connections, threads, signal } = options;
  if (OWN.includes(address)) return new OwnStore(store);
  if (isDaemonUri(address))
    return new CacheSource(await DaemonCache.open(daemonAt(address, options), { signal }), undefined, new NarPool(threads), store);
  const uri = parseCacheUri(address);
  const files = filesOf(uri, http, env);
  const requests = new Turns(connections);
  const takeTurn = <T>(aborting: AbortSignal, work: () => Promise<T>): Promise<T> => requests.take(aborting, work);
  const cache = await LayoutCache.open({ uri, files, kept: undefined, takeTurn, signal });
  return new CacheSource(cache, files, new NarPool(threads), store);
}

function daemonAt(address: string, { env, connectTimeout, stalledAfter }: CopyStoreOptions): DaemonStore {
  return DaemonStore.at(address, { env, connectTimeout, stalledAfter });
}

/** Asks nothing yet. Throws `caches/...`, and what `readKeyFile` throws. */
export function openCopyDestination(address: string, options: CopyStoreOptions): CopyDestination {
  const { store, http, env, readKeyFile, findProgram } = options;
  if (OWN.includes(address)) return new OwnStore(store);
  if (isDaemonUri(address)) return new DaemonDestination(daemonAt(address, options), options.checkSignatures, store);
  const uri = parseCacheUri(address);
  const { compression, level, parallel, secretKeyFiles, writeNarListing } = readPushParameters(uri);
  return new CacheDestination({
    uri: hidePasswords(uri.base),
    files: filesOf(uri, http, env),
    packer: openPacker({ compression, level, parallel, findProgram }),
    secretKeys: secretKeyFiles.map(readKeyFile),
    writeNarListing,
    store,
  });
}
