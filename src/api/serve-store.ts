/** `bootflake store serve`: the store as a binary cache over HTTP. */
import { startCacheServer } from '../caches/serve/cache-server.ts';
import { ServedFiles } from '../caches/serve/served-files.ts';
import { buildLogFile } from '../realise/build-log.ts';
import { openStore } from './pipeline.ts';
import { readKeyFile } from './signing-keys.ts';

export interface ServeRequest {
  host: string;
  port: number;
  keyFiles: readonly string[];
  priority: number;
}

export interface ServeReport {
  signal: AbortSignal;
  /** Called once, when clients can connect. */
  onListening(url: string): void;
  onRequest?: ((line: string) => void) | undefined;
  onFailure(message: string): void;
}

/** Serves until the signal is aborted, and then rejects with its reason. Throws `caches/cannot-listen`, `store/no-key-file`. */
export async function serveStore(request: ServeRequest, { signal, onListening, onRequest, onFailure }: ServeReport): Promise<never> {
  const { host, port, keyFiles, priority } = request;
  const secretKeys = keyFiles.map(readKeyFile);
  const store = await openStore();
  const files = new ServedFiles(store, { secretKeys, priority, logFile: (drvPath) => buildLogFile(store.root, drvPath) });
  const server = await startCacheServer({ host, port, find: (name) => files.find(name), ...(onRequest && { onRequest }), onFailure });
  onListening(server.url);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.close();
  store.close();
  throw signal.reason;
}
