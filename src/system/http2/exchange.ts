/** One request on a session of HTTP/2, and its response (RFC 9113 section 8). */
import { constants, sensitiveHeaders, type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2';
import type { Readable } from 'node:stream';
import { HttpFault } from '../http-errors.ts';
import type { HttpReply, HttpRequest } from '../http-exchange.ts';
import { StreamBody } from './stream-body.ts';

/** What a session learns of an exchange. */
export interface ExchangeEvents {
  onReply(): void;
  onBytes(count: number): void;
  /** Nothing came in time. */
  onStall(): void;
  /** The server has no more work with it. Node closes the stream later, when its bytes were read. */
  onServed(): void;
  onClose(stream: ClientHttp2Stream): void;
}

/** Bytes of a request's body that are given to Node at once. */
const PIECE = 64 << 10;
/** Headers that HTTP/2 has no place for (RFC 9113 section 8.2.2), or other names. */
const OTHERS = new Set(['host', 'connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);
const SECRETS = ['authorization', 'cookie', 'private-token'];

/** Throws what the stream, the session or the signal throws; an HttpFault when nothing comes in time. */
export function exchange(session: ClientHttp2Session, origin: URL, request: HttpRequest, events: ExchangeEvents): Promise<HttpReply> {
  const stream = session.request(requestHeaders(origin, request), { endStream: request.body === undefined });
  const served = (): void => (request.body === undefined ? events.onServed() : undefined);
  const body = new StreamBody(stream, request.bodyTimeout, events.onBytes, served, events.onStall);
  const { signal } = request;
  const abort = (): void => body.fail(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  stream.once('close', () => {
    signal?.removeEventListener('abort', abort);
    events.onClose(stream);
  });
  return new Promise<HttpReply>((resolve, reject) => {
    let failure: unknown;
    const fail = (error: unknown): void => {
      failure ??= error;
      body.fail(error);
    };
    const timer = setTimeout(() => {
      events.onStall();
      fail(new HttpFault('timeout', 'no response came in time', true));
    }, request.headersTimeout);
    stream.once('error', (error) => {
      failure ??= error;
    });
    stream.once('close', () => {
      clearTimeout(timer);
      reject(signal?.aborted ? signal.reason : (failure ?? new Error('the server closed the stream')));
    });
    stream.once('response', (headers) => {
      clearTimeout(timer);
      events.onReply();
      resolve({ statusCode: headers[':status'] ?? 0, headers: replyHeaders(headers), body });
    });
    if (request.body !== undefined) send(request.body, stream, () => timer.refresh()).catch(fail);
  });
}

function requestHeaders(origin: URL, { method, path, headers }: HttpRequest) {
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return {
    [constants.HTTP2_HEADER_METHOD]: method,
    [constants.HTTP2_HEADER_SCHEME]: 'https',
    [constants.HTTP2_HEADER_AUTHORITY]: own.find(([name]) => name === 'host')?.[1] ?? origin.host,
    [constants.HTTP2_HEADER_PATH]: path,
    ...Object.fromEntries(own.filter(([name]) => !OTHERS.has(name))),
    // Kept out of the table of headers that both sides share (RFC 7541 section 7.1.3).
    [sensitiveHeaders]: [...SECRETS],
  };
}

/** The bytes of values are read as UTF-8 in HTTP/1.1 here, by Node as Latin-1 in HTTP/2. */
function replyHeaders(headers: IncomingHttpHeaders): HttpReply['headers'] {
  const text = (value: string): string => (/[\x80-\xff]/.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value);
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !name.startsWith(':'))
      .map(([name, value]) => [name, Array.isArray(value) ? value.map(text) : value === undefined ? undefined : text(String(value))]),
  );
}

/** Sends a body as fast as the server takes it. A response that comes earlier ends it, and then counts. */
async function send(body: Uint8Array | Readable, stream: ClientHttp2Stream, onTaken: () => void): Promise<void> {
  for await (const piece of body instanceof Uint8Array ? pieces(body) : (body as AsyncIterable<Uint8Array>)) {
    if (stream.writableEnded || stream.destroyed) return;
    if (!stream.write(piece)) await writable(stream);
    onTaken();
  }
  if (!stream.destroyed) stream.end();
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

function writable(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
  });
}
