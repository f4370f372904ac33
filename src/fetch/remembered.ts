/**
 * Caches servers' responses as Nix does: for `tarball-ttl` seconds there is no new request, after that one with the entity tag; when the
 * server cannot be reached, the old response is used with a warning.
 */
import { isFresh } from './freshness.ts';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { wallClockSeconds } from '../system/clock.ts';
import { threadNumber } from '../system/thread.ts';
import { flakeError } from '../base/flake-error.ts';
import type { DownloadResponse } from './download-service.ts';
import type { FetchContext } from './fetcher.ts';

export interface RememberedDownload<T> {
  url: string;
  /** What is made of the file; the key together with the URL. */
  kind: string;
  headers?: Record<string, string>;
  /** The maximum size. Defaults to the setting max-download-size. */
  maxBytes?: number;
  /** The content of the URL never changes. */
  lasting?: boolean;
  /** Makes the cached value from the downloaded file. */
  read(file: string, response: DownloadResponse): T;
  /** Whether a cached value can still be used: a path may be gone from the store. */
  holds?(value: T): boolean;
}

interface Entry<T> {
  time: number;
  etag?: string;
  value: T;
}

/** Servers' responses: see `rememberedDownload` and git-clone.ts. */
export const answersKind = { name: 'answer', schema: 1 };

let incoming = 0;

/** Throws the errors of downloads; `network/offline` where one is needed and forbidden. */
export function rememberedDownload<T>(
  { url, kind, headers = {}, maxBytes, lasting = false, read, holds = () => true }: RememberedDownload<T>,
  context: FetchContext,
): T {
  const { cache, settings } = context;
  const key = `${kind} ${url}`;
  const found = cache.find(key) as Entry<T> | undefined;
  const kept = found && holds(found.value) ? found : undefined;
  const now = wallClockSeconds();
  if (kept && (lasting || context.offline || (!context.refresh && isFresh(now - kept.time, settings.tarballTtl)))) return kept.value;
  if (context.offline) throw offlineError(url);
  const file = join(context.cacheDir, 'fetch', `incoming-${process.pid}-${threadNumber()}-${incoming++}`);
  try {
    const response = context.download({
      url,
      file,
      secretHeaders: headers,
      maxBytes: maxBytes ?? settings.mostDownloaded,
      ...(kept?.etag !== undefined && { etag: kept.etag }),
    });
    const value = kept && response.unchanged ? kept.value : read(file, response);
    const etag = response.etag ?? (response.unchanged ? kept?.etag : undefined);
    cache.remember(key, { time: now, ...(etag !== undefined && { etag }), value } satisfies Entry<T>);
    return value;
  } catch (error) {
    if (error instanceof BootflakeError && error.code === 'network/too-large' && maxBytes === undefined)
      error.hint = 'Raise the limit if the size is right: --option max-download-size 64G';
    if (!kept || !(error instanceof BootflakeError) || !error.code.startsWith('network/')) throw error;
    context.warn(`${error.message}; using cached version`);
    return kept.value;
  } finally {
    rmSync(file, { force: true });
  }
}

export function offlineError(what: string): BootflakeError {
  return flakeError('offline', `'${what}' is not cached, and --offline forbids downloading it`, 'Run once without --offline.');
}
