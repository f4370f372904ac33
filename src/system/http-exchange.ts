/** A request and its response, in the one shape that both versions of HTTP have here. */
import type { Readable } from 'node:stream';

export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'PUT';
  /** Path and query. */
  path: string;
  headers: Record<string, string>;
  body?: Uint8Array | Readable | undefined;
  /** Milliseconds until the response's headers. */
  headersTimeout: number;
  /** Milliseconds between two pieces of its body, not counting the time in which they are not asked for. */
  bodyTimeout: number;
  signal?: AbortSignal | undefined;
}

export interface HttpReply {
  statusCode: number;
  headers: Record<string, string | string[] | undefined>;
  body: ReplyBody;
}

/** Iterated, it throws when the body is cut, stalls, or its request is aborted. */
export interface ReplyBody extends AsyncIterable<Uint8Array> {
  /** Passes over a short body, so that its connection can be used again, and ends the request of a long one. */
  dump(): Promise<void>;
  /** Ends the request. */
  discard(): void;
}

/** The length up to which it is cheaper to receive a body than to end its request. */
export const MOST_DUMPED = 128 << 10;
