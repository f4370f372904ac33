/** An HTTP server for the files of a binary cache. It reads only what its clients take, and gives up those that take nothing. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cacheError } from '../errors.ts';
import type { ServedFile } from './served-files.ts';

export interface ServerOptions {
  host: string;
  /** 0 for any that is free. */
  port: number;
  /** The file of a name; undefined when there is none. */
  find(name: string): ServedFile | undefined;
  /** Called for each response, when its headers are sent. */
  onRequest?(line: string): void;
  /** Called when a file could not be sent to its end, or not at all. */
  onFailure(message: string): void;
  /** Milliseconds without a byte after which a client is given up. Defaults to a minute. */
  patience?: number;
}

const PATIENCE = 60_000;
/** Each holds a file and a piece of it. */
const MOST_CONNECTIONS = 256;
/** Errors of clients that have gone, or that take nothing. */
const GONE = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'];
const MOST_HEADERS = 16 << 10;

/** Starts the server. Throws `caches/cannot-listen`. */
export async function startCacheServer(options: ServerOptions): Promise<{ url: string; close(): Promise<void> }> {
  const { host, port, patience = PATIENCE } = options;
  const server = createServer({ maxHeaderSize: MOST_HEADERS, headersTimeout: patience, requestTimeout: patience }, (request, response) => {
    void respond(request, response, options);
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.setTimeout(patience);
  await listening(server, host, port);
  const { address, port: taken, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        cacheError('cannot-listen', `the cache cannot be served at ${host}, port ${port}: ${error.message}`, {
          hint: 'Use another --port, or 0 for any that is free, and an address of this machine for --host.',
          cause: error,
        }),
      ),
    );
    server.listen(port, host, () => resolve());
  });
}

async function respond(request: IncomingMessage, response: ServerResponse, options: ServerOptions): Promise<void> {
  const { method, url = '' } = request;
  // A body is never needed.
  request.resume();
  const end = (status: number, headers: Record<string, string | number> = {}): void => {
    options.onRequest?.(`${method} ${url} ${status}`);
    response.writeHead(status, headers).end();
  };
  if (method !== 'GET' && method !== 'HEAD') return end(405, { allow: 'GET, HEAD' });
  try {
    const name = nameOf(url);
    const file = name === undefined ? undefined : options.find(name);
    if (!file) return end(404);
    const from = rangeStart(request.headers.range, file.size);
    if (from !== undefined && from >= file.size) return end(416, { 'content-range': `bytes */${file.size}` });
    const status = from === undefined ? 200 : 206;
    response.writeHead(status, {
      'content-type': file.type,
      'content-length': file.size - (from ?? 0),
      'accept-ranges': 'bytes',
      ...(from !== undefined && { 'content-range': `bytes ${from}-${file.size - 1}/${file.size}` }),
    });
    options.onRequest?.(`${method} ${url} ${status}`);
    if (method === 'HEAD') return void response.end();
    await pipeline(Readable.from(exactly(file, from ?? 0), { objectMode: false, highWaterMark: 1 << 18 }), response);
  } catch (error) {
    if (GONE.includes((error as NodeJS.ErrnoException).code ?? '')) return;
    options.onFailure(`'${url}' could not be sent: ${error instanceof Error ? error.message : String(error)}`);
    if (response.headersSent) response.destroy();
    else end(500);
  }
}

/** The name in the address of a request, without a query; undefined for what cannot be one. */
function nameOf(url: string): string | undefined {
  const [path = ''] = url.split('?');
  try {
    return path.startsWith('/') ? decodeURIComponent(path.slice(1)) : undefined;
  } catch {
    return undefined;
  }
}

/** `bytes=N-`, with which an interrupted download goes on; other ranges are ignored, as RFC 9110 (14.2) allows. */
function rangeStart(range: string | undefined, size: number): number | undefined {
  const [, from] = /^bytes=([0-9]{1,15})-$/.exec(range ?? '') ?? [];
  return from === undefined || size === 0 ? undefined : Number(from);
}

/** Yields the bytes from `from` on. Throws `caches/modified` where they are not as many as were announced. */
function* exactly({ size, pieces }: ServedFile, from: number): Generator<Uint8Array> {
  let at = 0;
  for (const piece of pieces()) {
    at += piece.length;
    if (at > size) break;
    const kept = Math.min(piece.length, at - from);
    if (kept > 0) yield piece.subarray(piece.length - kept);
  }
  if (at !== size)
    throw cacheError('modified', `it has ${at > size ? 'more than' : 'only'} ${Math.min(at, size)} bytes of ${size}: the path is damaged`);
}
