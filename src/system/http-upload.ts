/** Files put to a server, as binary caches take them. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { request, USER_AGENT, type HttpOptions } from './http.ts';
import { credentialHeaders, type RequestFacts } from './http-credentials.ts';
import { faultOf, HttpFault, networkError } from './http-errors.ts';
import { sleep } from './sleep.ts';

/** The bytes to send: in memory, or in a file of the host. */
export type UploadBody = { bytes: Uint8Array } | { path: string; size: number };

/** Puts a file at `url`. A redirect is not followed. Throws `network/...` as `download` does. */
export async function upload(url: string, body: UploadBody, type: string, options: HttpOptions): Promise<void> {
  const size = 'bytes' in body ? body.bytes.length : body.size;
  const bodyHash = options.signedHeaders && (await hashOf(body));
  await retried(url, options, async () => {
    const content = 'bytes' in body ? body.bytes : createReadStream(body.path);
    const headers = { 'content-type': type, 'content-length': String(size) };
    const status = await send(url, headers, { ...options, timeout: options.timeout ?? UPLOAD_TIMEOUT }, 'PUT', content, bodyHash);
    if (status >= 300) throw statusFault(status);
  });
}

/** Returns whether there is a file at `url`. Throws `network/...`. */
export async function exists(url: string, options: HttpOptions): Promise<boolean> {
  return retried(url, options, async () => {
    const status = await send(url, {}, options, 'HEAD');
    if ([403, 404, 410].includes(status)) return false;
    if (status >= 300) throw statusFault(status);
    return true;
  });
}

/** Milliseconds until a server responds that has received everything. */
const UPLOAD_TIMEOUT = 300_000;

async function send(
  url: string,
  headers: Record<string, string>,
  options: HttpOptions,
  method: 'PUT' | 'HEAD',
  body?: Uint8Array | Readable,
  bodyHash?: string,
): Promise<number> {
  const address = new URL(url);
  const facts: RequestFacts = { method, ...(bodyHash !== undefined && { bodyHash }) };
  const credentials = credentialHeaders(address, address, options, facts);
  const sent = { method, ...(body !== undefined && { body }) };
  const response = await request(address, { 'user-agent': USER_AGENT, ...headers, ...credentials }, options, sent);
  await response.body.dump();
  return response.statusCode;
}

function statusFault(status: number): HttpFault {
  const transient = status >= 500 || status === 408 || status === 429;
  return new HttpFault('status', `the server responded with HTTP ${status}`, transient, undefined, status);
}

async function retried<T>(url: string, options: HttpOptions, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      options.signal?.throwIfAborted();
      const fault = faultOf(error, 0);
      if (!fault.transient || attempt >= (options.attempts ?? 4)) throw networkError(url, fault, attempt);
      await sleep((options.backoff ?? 300) * 3 ** (attempt - 1), options.signal);
    }
  }
}

async function hashOf(body: UploadBody): Promise<string> {
  const hasher = createHash('sha256');
  if ('bytes' in body) hasher.update(body.bytes);
  else for await (const piece of createReadStream(body.path)) hasher.update(piece as Buffer);
  return hasher.digest('hex');
}
