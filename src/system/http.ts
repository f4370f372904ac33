/**
 * HTTP downloads: a few keep-alive connections per host, proxies from the environment, retries with back-off; an interrupted transfer
 * resumes where it stopped (RFC 9110 section 14, Range). The bytes are not trusted: the caller checks hashes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMilliseconds, wallClockSeconds } from './clock.ts';
import { connectionsFor } from './http-dispatchers.ts';
import { credentialHeaders, entityTag, httpDate, type HttpCredentials } from './http-credentials.ts';
import { faultOf, HttpFault, networkError } from './http-errors.ts';
import type { HttpReply, HttpRequest } from './http-exchange.ts';
import { basicAuthorization, proxyFor } from './proxy.ts';

/** The destination of a transfer. `reset` is called when the transfer must start over; `length` is the number of bytes held. */
export interface ByteSink {
  /** Bytes held; a transfer resumes there if it is not 0. */
  readonly length: number;
  /** A promise holds the transfer back until the sink takes more. */
  write(chunk: Uint8Array): void | Promise<void>;
  reset(): void;
  /** Called with the total length before the first byte, if the server gives it. */
  reserve?(total: number): void;
}

export interface HttpOptions extends HttpCredentials {
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** An entity tag (RFC 9110 section 8.8.3): a resource that still has it is not sent again, and the result is `unchanged`. */
  etag?: string;
  /** The variables that name proxies and authorities. Defaults to the process's own environment. */
  env?: NodeJS.ProcessEnv;
  /** PEM file of the authorities to trust instead of those that come with Node. Defaults to the environment's. */
  certificateFile?: string;
  /** Attempts without progress before the transfer fails. Defaults to 4. */
  attempts?: number;
  /** Milliseconds before the first retry; each further one waits three times as long. */
  backoff?: number;
  /** Milliseconds for the headers and between two pieces of the body. Defaults to 30,000. */
  timeout?: number;
  /** Milliseconds for the connection. Defaults to `timeout`. */
  connectTimeout?: number;
  /** The maximum number of connections, to one host and over HTTP/1.1 in total. Defaults to 4 to each host. */
  connections?: number;
  /** Use HTTP/2 where a server offers it over TLS: requests then share connections. Defaults to true. */
  http2?: boolean;
  /** The maximum number of bytes. Defaults to `expectedBytes`, else `MOST_DOWNLOADED`. */
  maxBytes?: number;
  /** The required total length. */
  expectedBytes?: number;
  /** Called with the length of each piece; bytes held before a resumed transfer are not counted. */
  onBytes?: (count: number) => void;
}

export interface HttpResponse {
  /** After redirects. */
  url: string;
  headers: Record<string, string | string[] | undefined>;
  /** The redirects that led here, in order. */
  redirects: { url: string; headers: HttpResponse['headers'] }[];
  /** The given `etag` still holds; no byte was sent. */
  unchanged: boolean;
}

const DEFAULT_TIMEOUT = 30_000;
/** Bytes per second below which a transfer counts as stalled. */
const SLOWEST = 256;
const MAX_REDIRECTS = 6;
export const USER_AGENT = 'bootflake';
/** The maximum size of one transfer: a server that never stops must not fill the disk. */
export const MOST_DOWNLOADED = 16 * 2 ** 30;
/** The maximum of bytes to reserve before they arrive, as the server may be wrong. */
const MOST_RESERVED = 2 ** 30;
/** Seconds that servers may make one download wait in total. */
const MOST_WAITED = 10;

/**
 * Downloads `url` into `sink`. Throws `network/unreachable`, `timeout`, `cut`, `status`, `not-found` (404, 410), `too-large`,
 * `wrong-size`, `certificate` or `redirect`; with the signal's reason when aborted.
 */
export async function download(url: string, sink: ByteSink, options: HttpOptions = {}): Promise<HttpResponse> {
  const limit = options.attempts ?? 4;
  let fruitless = 0;
  let total = 0;
  let highWater = sink.length;
  let validator: string | undefined;
  let waited = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    const before = sink.length;
    try {
      return await transfer(url, sink, options, validator, (found) => {
        validator = found;
      });
    } catch (error) {
      options.signal?.throwIfAborted();
      const fault = faultOf(error, Math.max(0, sink.length - before));
      total += 1;
      // A server that always cuts at the same place must not keep us for ever: only bytes beyond the furthest position count as progress.
      fruitless = sink.length > highWater ? 1 : fruitless + 1;
      highWater = Math.max(highWater, sink.length);
      if (!fault.transient || fruitless >= limit) throw networkError(url, fault, total);
      // Other processes may wait for this download's locks, so it does not sleep for minutes at a server's request.
      const asked = fault.retryAfterSeconds;
      waited += asked ?? 0;
      if (waited > MOST_WAITED)
        throw networkError(url, new HttpFault(fault.code, `${fault.message} and asks for a retry in ${asked} s`, false), total);
      const wait = asked !== undefined ? asked * 1000 : (options.backoff ?? 300) * 3 ** (fruitless - 1);
      await sleep(wait, undefined, { ...(options.signal && { signal: options.signal }) }).catch(() => options.signal?.throwIfAborted());
    }
  }
}

/** Downloads into memory. */
export async function downloadBytes(url: string, options: HttpOptions = {}): Promise<HttpResponse & { bytes: Uint8Array }> {
  const sink = new MemorySink(options.expectedBytes);
  const response = await download(url, sink, options);
  return { ...response, bytes: sink.bytes() };
}

/** Collects bytes in one buffer of its own (which may be transferred to a worker), grown as needed. */
export class MemorySink implements ByteSink {
  private buffer: Uint8Array;
  length = 0;

  constructor(expectedBytes = 0, start?: Uint8Array) {
    this.buffer = new Uint8Array(Math.max(expectedBytes, start?.length ?? 0));
    if (start) {
      this.buffer.set(start);
      this.length = start.length;
    }
  }

  reserve(total: number): void {
    if (total <= this.buffer.length) return;
    const grown = new Uint8Array(total);
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  write(chunk: Uint8Array): void {
    if (this.length + chunk.length > this.buffer.length)
      this.reserve(Math.max(this.length + chunk.length, this.buffer.length * 2, 1 << 16));
    this.buffer.set(chunk, this.length);
    this.length += chunk.length;
  }

  reset(): void {
    this.length = 0;
  }

  bytes(): Uint8Array {
    return this.length === this.buffer.length ? this.buffer : this.buffer.slice(0, this.length);
  }
}

async function transfer(
  start: string,
  sink: ByteSink,
  options: HttpOptions,
  validator: string | undefined,
  remember: (validator: string | undefined) => void,
): Promise<HttpResponse> {
  let url = new URL(start);
  const headers: Record<string, string> = { 'user-agent': USER_AGENT, 'accept-encoding': 'identity', ...options.headers };
  if (sink.length > 0) {
    headers.range = `bytes=${sink.length}-`;
    if (validator) headers['if-range'] = validator;
  } else if (options.etag !== undefined) {
    headers['if-none-match'] = options.etag;
  }
  const first = url;
  const redirects: HttpResponse['redirects'] = [];
  for (let hops = 0; ; hops++) {
    const response = await request(url, { ...headers, ...credentialHeaders(url, first, options) }, options);
    const location = response.headers.location;
    if (response.statusCode === 304 && options.etag !== undefined) {
      await response.body.dump();
      return { url: url.href, headers: response.headers, redirects, unchanged: true };
    }
    if (response.statusCode >= 300 && response.statusCode < 400 && typeof location === 'string') {
      await response.body.dump();
      redirects.push({ url: url.href, headers: response.headers });
      if (hops === MAX_REDIRECTS) throw new HttpFault('redirect', `it was redirected more than ${MAX_REDIRECTS} times`, false);
      url = redirectTarget(url, location);
      continue;
    }
    if (!(await acceptStatus(response, sink))) {
      sink.reset();
      delete headers.range;
      continue;
    }
    const { etag, 'last-modified': modified } = response.headers;
    const tag = entityTag(etag);
    remember(tag !== undefined && !tag.startsWith('W/') ? tag : httpDate(modified));
    await receive(response, sink, options);
    return { url: url.href, headers: response.headers, redirects, unchanged: false };
  }
}

function redirectTarget(from: URL, location: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (!to || (to.protocol !== 'http:' && to.protocol !== 'https:')) {
    throw new HttpFault('redirect', `it was redirected to '${location}', which is no HTTP address`, false);
  }
  return to;
}

/** Returns false when the bytes held are useless and the whole must be requested again. */
async function acceptStatus(response: HttpReply, sink: ByteSink): Promise<boolean> {
  const { statusCode, headers } = response;
  if (statusCode === 200) {
    if (sink.length > 0) sink.reset();
    return true;
  }
  if (statusCode === 206 && sink.length > 0) {
    const [, from] = /^bytes (\d+)-/.exec(String(headers['content-range'] ?? '')) ?? [];
    if (Number(from) === sink.length) return true;
  }
  await response.body.dump();
  if ((statusCode === 206 || statusCode === 416) && sink.length > 0) return false;
  if (statusCode === 404 || statusCode === 410)
    throw new HttpFault('not-found', `the server has no such file (HTTP ${statusCode})`, false, undefined, statusCode);
  const transient = statusCode >= 500 || statusCode === 408 || statusCode === 429;
  throw new HttpFault(
    'status',
    `the server responded with HTTP ${statusCode}`,
    transient,
    secondsUntil(headers['retry-after']),
    statusCode,
  );
}

/** Parses a Retry-After header (RFC 9110 section 10.2.3): seconds, or a date. */
function secondsUntil(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') return undefined;
  const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : Math.ceil(Date.parse(header) / 1000 - wallClockSeconds());
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

async function receive(response: HttpReply, sink: ByteSink, options: HttpOptions): Promise<void> {
  const announced = response.headers['content-length'] === undefined ? undefined : Number(response.headers['content-length']) + sink.length;
  const { expectedBytes, maxBytes = expectedBytes ?? MOST_DOWNLOADED } = options;
  if (expectedBytes !== undefined && announced !== undefined && announced !== expectedBytes) {
    response.body.discard();
    throw new HttpFault('wrong-size', `the file has ${announced} bytes there, it should have ${expectedBytes}`, false);
  }
  if (announced !== undefined && announced > maxBytes) {
    response.body.discard();
    throw new HttpFault('too-large', `the file has ${announced} bytes there, at most ${maxBytes} are taken`, false);
  }
  if (announced !== undefined && announced <= MOST_RESERVED) sink.reserve?.(announced);
  const pace = new Pace(options.timeout ?? DEFAULT_TIMEOUT);
  for await (const chunk of response.body) {
    pace.note(chunk.length);
    if (sink.length + chunk.length > maxBytes) {
      throw new HttpFault(expectedBytes === undefined ? 'too-large' : 'wrong-size', `more than ${maxBytes} bytes came`, false);
    }
    const taken = sink.write(chunk);
    if (taken) {
      const since = monotonicMilliseconds();
      await taken;
      pace.forgive(monotonicMilliseconds() - since);
    }
    options.onBytes?.(chunk.length);
  }
  const whole = announced ?? expectedBytes;
  if (whole !== undefined && sink.length < whole)
    throw new HttpFault('cut', `the connection was cut after ${sink.length} of ${whole} bytes`, true);
}

/** Detects transfers that trickle, whose pauses are never long enough for a timeout. */
class Pace {
  private begun = monotonicMilliseconds();
  private bytes = 0;

  constructor(private readonly window: number) {}

  /** Does not count time in which the sink took nothing. */
  forgive(milliseconds: number): void {
    this.begun += milliseconds;
  }

  note(count: number): void {
    this.bytes += count;
    const elapsed = monotonicMilliseconds() - this.begun;
    if (elapsed < this.window) return;
    if (this.bytes < (SLOWEST * elapsed) / 1000)
      throw new HttpFault('timeout', `only ${this.bytes} bytes came in ${Math.round(elapsed / 1000)} seconds`, true);
    this.begun += elapsed;
    this.bytes = 0;
  }
}

/** Sends one request, through the proxy of the settings. Redirects are not followed. Throws as `Connections.request` does. */
export async function request(
  url: URL,
  headers: Record<string, string>,
  options: HttpOptions,
  sent: Pick<HttpRequest, 'method' | 'body'> = { method: 'GET' },
): Promise<HttpReply> {
  const timeout = options.timeout ?? DEFAULT_TIMEOUT;
  const { env = process.env, connections, signal, http2 = true } = options;
  const common = { ...sent, headersTimeout: timeout, bodyTimeout: timeout, signal };
  const shape = { timeout: options.connectTimeout ?? timeout, connections };
  const proxy = proxyFor(url, env);
  if (proxy && url.protocol === 'http:') {
    // Proxies often allow CONNECT only to port 443: plain HTTP is requested by absolute address (RFC 9112 section 3.2.2).
    const authorization = basicAuthorization(proxy);
    const direct = await connectionsFor({ ...shape, proxy: undefined, certificateFile: undefined, http2: false });
    return direct.request(proxy.origin, {
      ...common,
      path: `${url.origin}${url.pathname}${url.search}`,
      headers: { ...headers, host: url.host, ...(authorization && { 'proxy-authorization': authorization }) },
    });
  }
  const secure = url.protocol === 'https:';
  const certificateFile = (secure && (options.certificateFile ?? env.NIX_SSL_CERT_FILE ?? env.SSL_CERT_FILE)) || undefined;
  const servers = await connectionsFor({ ...shape, proxy, certificateFile, http2: http2 && secure });
  return servers.request(url.origin, { ...common, path: url.pathname + url.search, headers });
}
