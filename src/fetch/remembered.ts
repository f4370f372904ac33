/**
 * What a server answered, kept: for `tarball-ttl` seconds nobody is asked again, after that with the entity tag, and when the server
 * cannot be reached the old answer is taken, with a warning. As Nix does it.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { BootflakeError } from '../base/errors.ts';
import { wallClockSeconds } from '../system/clock.ts';
import { threadNumber } from '../system/thread.ts';
import { flakeError } from '../base/flake-error.ts';
import type { DownloadAnswer } from './download-service.ts';
import type { FetchContext } from './fetcher.ts';

export interface RememberedDownload<T> {
  url: string;
  /** What is made of the file: with the URL, the key. */
  kind: string;
  headers?: Record<string, string>;
  /** More is refused. Defaults to the setting max-download-size. */
  maxBytes?: number;
  /** What the URL names never changes. */
  lasting?: boolean;
  /** Makes the lasting value of the file that came. */
  read(file: string, answer: DownloadAnswer): T;
  /** Whether what was kept can still be used: a path may be gone from the store. */
  holds?(value: T): boolean;
}

interface Entry<T> {
  time: number;
  etag?: string;
  value: T;
}

/** What servers said: see `rememberedDownload` and git-clone.ts. */
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
  if (kept && (lasting || context.offline || (!context.refresh && now - kept.time < settings.tarballTtl && now >= kept.time)))
    return kept.value;
  if (context.offline) throw offlineError(url);
  const file = join(context.cacheDir, 'fetch', `incoming-${process.pid}-${threadNumber()}-${incoming++}`);
  try {
    const answer = context.download({
      url,
      file,
      secretHeaders: headers,
      maxBytes: maxBytes ?? settings.mostDownloaded,
      ...(kept?.etag !== undefined && { etag: kept.etag }),
    });
    const value = kept && answer.unchanged ? kept.value : read(file, answer);
    const etag = answer.etag ?? (answer.unchanged ? kept?.etag : undefined);
    cache.remember(key, { time: now, ...(etag !== undefined && { etag }), value } satisfies Entry<T>);
    return value;
  } catch (error) {
    if (error instanceof BootflakeError && error.code === 'network/too-large' && maxBytes === undefined)
      error.hint = 'where that is right, raise the setting: --option max-download-size 64G';
    if (!kept || !(error instanceof BootflakeError) || !error.code.startsWith('network/')) throw error;
    context.warn(`${error.message}; using cached version`);
    return kept.value;
  } finally {
    rmSync(file, { force: true });
  }
}

export function offlineError(what: string): BootflakeError {
  return flakeError('offline', `'${what}' is not here yet, and --offline forbids to ask for it`, 'run once without --offline');
}
