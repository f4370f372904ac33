/** The main thread's part of fetching: the network is asynchronous, the evaluator's worker blocks. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hidePasswords } from '../base/hide-passwords.ts';
import { makeDirectories } from '../system/file-operations.ts';
import type { ProgressEvent } from '../base/progress.ts';
import { wallClockSeconds } from '../system/clock.ts';
import { FileSink } from '../system/file-sink.ts';
import { entityTag } from '../system/http-credentials.ts';
import { download, type HttpResponse } from '../system/http.ts';
import { httpSettings, type NetworkSettings } from '../system/network-settings.ts';

export interface DownloadRequest {
  url: string;
  /** The destination; the requester removes it. */
  file: string;
  /** The server sends nothing if this is still current. */
  etag?: string;
  /** Sent only to the first address. */
  secretHeaders: Record<string, string>;
  /** The maximum size. */
  maxBytes?: number;
}

export interface DownloadResponse {
  unchanged: boolean;
  /** After redirects. */
  url: string;
  etag?: string;
  /** The target of a `Link: <...>; rel="immutable"` on the way. */
  immutableUrl?: string;
}

/** Seconds after which a file that a killed process left is removed. */
const LEFT_OVER = 86_400;

/** Downloads into a file. Throws as `download` of system/http.ts does, after removing the file. */
export async function downloadToFile(
  request: DownloadRequest,
  network: NetworkSettings,
  signal: AbortSignal,
  onProgress: (event: ProgressEvent) => void,
): Promise<DownloadResponse> {
  const { url, file, etag, secretHeaders, maxBytes } = request;
  makeDirectories(dirname(file));
  removeLeftOvers(dirname(file));
  const sink = new FileSink(file);
  onProgress({ type: 'start', id: url, activity: `fetching '${hidePasswords(url)}'`, download: true });
  try {
    const response = await download(url, sink, {
      ...httpSettings(network),
      signal,
      secretHeaders,
      onBytes: (bytes) => onProgress({ type: 'advance', id: url, bytes }),
      ...(maxBytes !== undefined && { maxBytes }),
      ...(etag !== undefined && { etag }),
    });
    const immutableUrl = immutableLink(response);
    const responseTag = entityTag(response.headers.etag);
    return {
      unchanged: response.unchanged,
      url: response.url,
      ...(responseTag !== undefined && { etag: responseTag }),
      ...(immutableUrl !== undefined && { immutableUrl }),
    };
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    sink.close();
    onProgress({ type: 'finish', id: url });
  }
}

/** Nix's lockable tarball protocol. The last server on the way that names an address counts. */
function immutableLink({ headers, redirects }: HttpResponse): string | undefined {
  for (const { link } of [headers, ...redirects.map((hop) => hop.headers).reverse()]) {
    const found = /<([^>]*)>; *rel="immutable"/i.exec([link ?? ''].flat().join(', '));
    if (found) return found[1];
  }
  return undefined;
}

function removeLeftOvers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const time = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (name.startsWith('incoming-') && time / 1000 < wallClockSeconds() - LEFT_OVER) rmSync(path, { force: true });
  }
}
